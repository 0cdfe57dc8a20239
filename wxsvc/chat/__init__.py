"""What WeChat tells us: the callback, the events and their replies."""
