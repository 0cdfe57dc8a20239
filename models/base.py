"""What every table shares: one metadata, one convention for constraint names, the columns of a reviewed record."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from models.terms import Stage, Subject
from models.types import Id, Instant, Points, RowId, Year, word

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The root of all tables; names of constraints are predictable because replies and tests rely on them."""

    metadata = sa.MetaData(naming_convention=CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declarative attribute
        datetime: Instant(),
        Decimal: Points(),
        str: sa.Text(),
        date: sa.Date(),
        int: RowId,
    }


def part_index(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    """An index of those rows alone that fit ``where`` (SQL), on both databases."""
    return sa.Index(name, *columns, unique=unique, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


class _RowState(hybrid_property[bool]):
    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.__name__ = name


def row_state(*, given: tuple[str, ...] = (), empty: tuple[str, ...] = ()) -> hybrid_property[bool]:
    """Whether the columns ``given`` of a row are all filled and those of ``empty`` are not, in Python and in SQL."""

    def of_row(row: Any) -> bool:
        return all(getattr(row, name) is not None for name in given) and all(getattr(row, n) is None for n in empty)

    def of_table(table: Any) -> sa.ColumnElement[bool]:
        filled = (getattr(table, name).is_not(None) for name in given)
        return sa.and_(*filled, *(getattr(table, name).is_(None) for name in empty))

    return _RowState(of_row, expr=of_table)


class Created:
    """Who wrote the row, and when."""

    created_at: Mapped[datetime] = mapped_column(sort_order=20)
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"), sort_order=21)
    """The person; empty for imports and the worker."""


class OfPlatformYear:
    """A row that belongs to one platform and one evaluation year, and is frozen once that year is sealed (锁定)."""

    id: Mapped[Id] = mapped_column(sort_order=-3)
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"), sort_order=-2)
    year: Mapped[Year] = mapped_column(sort_order=-1)


class Reviewed(Created):
    """A claim that counts only once a reviewer approved it (审核): its stage, and the last word on it."""

    SUBJECT: ClassVar[Subject]
    """The word for this kind of row in the log, in reviews and in addresses."""

    stage: Mapped[Stage] = mapped_column(word(Stage, "stage"), default=Stage.SUBMITTED, index=True, sort_order=10)
    submitted_at: Mapped[datetime | None] = mapped_column(sort_order=11)
    reviewed_at: Mapped[datetime | None] = mapped_column(sort_order=12)
    reviewed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"), sort_order=13)
    return_reason: Mapped[str | None] = mapped_column(sort_order=14)
    """Why it was sent back (退回), or voided (作废): shown to the platform, with what repairs it."""
    version: Mapped[int] = mapped_column(sa.Integer, default=1, sort_order=15)
    """Grows with every change, so that two people editing one record are noticed."""


class PlatformRecord(OfPlatformYear, Reviewed):
    """申报: a record of one platform and year that a reviewer judges; each kind has a table of its own."""


class Dated:
    """A record that speaks of a day of its own (column ``DAY``); entered long after it, it is flagged 补录."""

    DAY: ClassVar[str]

    is_backfilled: Mapped[bool] = mapped_column(default=False, server_default=sa.false(), sort_order=9)
    """补录: entered more than the configured days (30) after the day."""
