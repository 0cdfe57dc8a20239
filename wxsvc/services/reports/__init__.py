"""报送的内容: what a platform files, drafted from what was counted: plans, period figures, the year's account."""
