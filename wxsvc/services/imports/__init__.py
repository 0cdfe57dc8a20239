"""Bundles read, checked and written."""
