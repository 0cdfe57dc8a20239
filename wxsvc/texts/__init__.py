"""What a text says that somebody typed, sent or is called by: pure functions on strings, with their tables."""
