"""The encoding (字符编码) of a PostgreSQL database: one made on a machine without a locale keeps no Chinese."""

from __future__ import annotations

from typing import Any, Final

from models.migrations import SchemaError

_UTF8: Final = "UTF8"


class WrongEncoding(SchemaError):
    """The database was made with another encoding than UTF-8; the message says what mends it."""

    def __init__(self, encoding: str) -> None:
        super().__init__(
            f"the database's encoding is {encoding}, Chinese needs UTF8: make another database with"
            " 'createdb --template template0 --encoding UTF8', and name it in WXSVC_DATABASE_URL"
        )
        self.encoding = encoding


def must_keep_chinese(connection: Any) -> None:
    """Close the driver's connection to any other database, and raise ``WrongEncoding``. Asks the server nothing."""
    encoding = connection.info.parameter_status("server_encoding") or _UTF8  # a pooler may keep it to itself
    if encoding != _UTF8:
        connection.close()
        raise WrongEncoding(encoding)
