"""Commands (命令) with a file of their own, and what all commands share; ``cli`` joins them."""
