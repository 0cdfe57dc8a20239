"""The database driver's own cursor, beside SQLAlchemy's, for statements that are run by the thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError


@contextmanager
def driver_cursor(connection: sa.Connection, kind: Callable[[Any], Any] | None = None) -> Iterator[Any]:
    """The driver's own cursor (of a ``kind`` of it), whose errors are raised as SQLAlchemy's; a lost connection leaves
    the pool."""
    driver: Any = connection.connection.driver_connection
    library: Any = connection.dialect.loaded_dbapi
    try:
        with closing(kind(driver) if kind else driver.cursor()) as cursor:
            yield cursor
    except library.IntegrityError as error:
        raise IntegrityError(None, None, error) from error
    except library.OperationalError as error:
        if getattr(driver, "broken", False):
            # So are the others that wait in the pool: PostgreSQL has gone or has restarted.
            connection.invalidate(error)
            connection.engine.dispose()
        raise OperationalError(None, None, error) from error
    except library.Error as error:
        raise DBAPIError(None, None, error) from error
