"""What a file is that somebody sent (上传的文件), and whether it may be kept: told by its content alone."""
