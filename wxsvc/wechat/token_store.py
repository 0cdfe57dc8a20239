"""Credentials in the database, sealed (加密), so that every process uses the same and a copy of it has none."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from models.access_token import AccessToken
from wxsvc.db import Database
from wxsvc.vault import Vault, VaultError
from wxsvc.wechat.tokens import Credential


class DatabaseStore:
    """A TokenStore over the table `access_tokens`.

    WeChat is never called within a transaction, so the short ones here are never nested.
    """

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def get(self, name: str) -> Credential | None:
        """The stored credential, however old; None where no secret of ours opens it: then another is fetched."""
        query = sa.select(AccessToken.value, AccessToken.expires_at, AccessToken.fetched_at)
        with self._database.read() as session:
            row = session.execute(query.where(AccessToken.name == name)).one_or_none()
        if row is None:
            return None
        try:
            return Credential(self._vault.decrypt(row.value), row.expires_at, row.fetched_at)
        except VaultError:
            return None

    def put(self, name: str, credential: Credential) -> None:
        """Store it, unless one that was fetched later is there."""
        insert = sqlite.insert(AccessToken) if self._database.is_sqlite else postgresql.insert(AccessToken)
        row = insert.values(
            name=name,
            value=self._vault.encrypt(credential.value),
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
