"""Credentials in the database, so that every process uses the same."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from models.access_token import AccessToken
from wxsvc.db import Database
from wxsvc.wechat.tokens import Credential


class DatabaseStore:
    """A TokenStore over the table `access_tokens`.

    WeChat is never called within a transaction, so the short ones here are never nested.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> Credential | None:
        """The stored credential, however old."""
        query = sa.select(AccessToken.value, AccessToken.expires_at, AccessToken.fetched_at)
        with self._database.read() as session:
            row = session.execute(query.where(AccessToken.name == name)).one_or_none()
        return Credential(*row) if row else None

    def put(self, name: str, credential: Credential) -> None:
        """Store it, unless one that was fetched later is there."""
        insert = sqlite.insert(AccessToken) if self._database.is_sqlite else postgresql.insert(AccessToken)
        row = insert.values(
            name=name,
            value=credential.value,
            expires_at=credential.expires_at,
            fetched_at=credential.fetched_at,
        )
        new = row.excluded
        statement = row.on_conflict_do_update(
            index_elements=[AccessToken.name],
            set_={"value": new.value, "expires_at": new.expires_at, "fetched_at": new.fetched_at},
            where=AccessToken.fetched_at <= new.fetched_at,
        )
        with self._database.transaction() as session:
            session.execute(statement)
