"""What we ask of WeChat: one gateway, and the calls that this account makes through it."""
