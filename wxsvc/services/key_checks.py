"""密钥校验: whether the secret in the settings is the one that names and phones in this database were closed with.

Each secret that ever closed something here has its row: so a database that is opened with a foreign secret, or with an
old one alone after a change, is noticed before anything is closed with it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.key_check import KeyCheck
from models.person import Person
from wxsvc.services.locks import insert_once
from wxsvc.vault import Vault

_TEXT: Final = "wxsvc"
"""What every row says once opened; which text it is does not matter."""
_SAMPLES: Final = 20
"""Names and phones to try where no row is there yet: one may be damaged, not all of them."""


class Fit(StrEnum):
    """How the secrets in the settings and the database go together."""

    FITS = "fits"
    WITH_FORMER = "with_former"
    """Some of it was closed with a former secret: ``WXSVC_OLD_SECRET_KEYS`` is still needed."""
    WRONG = "wrong"


class WrongKey(Exception):
    """What lies encrypted in the database was closed with a secret that the settings do not have."""

    def __init__(self) -> None:
        super().__init__(
            "WXSVC_SECRET_KEY does not fit this database: names and phones in it were encrypted with another secret. "
            "Set the secret that belongs to this database (embedded: the file secret_key of its data folder); "
            "after a change of secrets name the former one in WXSVC_OLD_SECRET_KEYS"
        )


def fit(session: Session, vault: Vault) -> Fit:
    """Whether every secret that was used here is at hand. Costs one small query, or two before the first row."""
    rows = _rows(session)
    if not rows:
        samples = _samples(session)
        is_ours = not samples or any(vault.opened_by(each) is not None for each in samples)
        return Fit.FITS if is_ours else Fit.WRONG
    places = {vault.opened_by(each) for each in rows}
    if None in places:
        return Fit.WRONG
    return Fit.FITS if places == {0} else Fit.WITH_FORMER


def must_fit(session: Session, vault: Vault) -> None:
    """Before anything is closed. Raises :class:`WrongKey`."""
    if fit(session, vault) is Fit.WRONG:
        raise WrongKey


def settle(session: Session, vault: Vault, now: datetime) -> Fit:
    """Note the secret in use, unless it is noted; with a wrong one nothing is written. Raises :class:`WrongKey`."""
    while True:
        must_fit(session, vault)
        if any(vault.opened_by(each) == 0 for each in _rows(session)):
            return fit(session, vault)
        # Whoever wrote this number in the same moment is looked at in the next turn.
        last = session.scalar(sa.select(sa.func.max(KeyCheck.number))) or 0
        insert_once(session, KeyCheck, number=last + 1, sealed=vault.encrypt(_TEXT), made_at=now)


def _rows(session: Session) -> list[str]:
    return list(session.scalars(sa.select(KeyCheck.sealed).order_by(KeyCheck.number)))


def _samples(session: Session) -> list[str]:
    sealed = sa.func.coalesce(Person.name_sealed, Person.phone_sealed)
    return list(session.scalars(sa.select(sealed).where(sealed.is_not(None)).order_by(Person.id).limit(_SAMPLES)))
