"""API: what other systems read of ours as JSON, each by a key of its own. Nothing can be written here."""
