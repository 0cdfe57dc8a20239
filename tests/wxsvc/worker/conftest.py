"""The worker is tested on migrated databases."""

from tests.databases import db, emptied_postgres, migrated_postgres, now, sqlite_template
from tests.wxsvc.worker.whole import whole

__all__ = ["db", "emptied_postgres", "migrated_postgres", "now", "sqlite_template", "whole"]
