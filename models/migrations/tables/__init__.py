"""The tables of the first migration, one noun a file; frozen like the migration itself."""
