"""Documents (文件): Excel and Word as offices exchange them."""
