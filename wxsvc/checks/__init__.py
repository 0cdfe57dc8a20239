"""Is everything in order (体检): one question each, and a finding that says what is wrong and what mends it."""
