"""The worker is tested on migrated databases."""

from tests.databases import db, emptied_postgres, migrated_postgres, now, sqlite_template

__all__ = ["db", "emptied_postgres", "migrated_postgres", "now", "sqlite_template"]
