"""异议: what enterprises object to, and how they were counted."""
