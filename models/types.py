"""Column types that both databases keep exactly: instants in UTC, points in thousandths, words of the domain."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """A moment (…_at), zone-aware, stored as UTC; SQLite keeps no zone, so it is put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Points(TypeDecorator[Decimal]):
    """分: exact decimals stored as integer thousandths; a finer value is refused, never rounded."""

    impl = sa.Integer()
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        thousandths = Decimal(value) * 1000
        if thousandths != thousandths.to_integral_value():
            raise ValueError(f"points finer than a thousandth: {value}")
        return int(thousandths)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else of_thousandths(value)


@lru_cache(maxsize=4096)
def of_thousandths(thousandths: int) -> Decimal:
    """Points of what is stored. Few numbers of points are given, and to many: a table of a province has thousands."""
    return Decimal(thousandths) / 1000


def word(kind: type[StrEnum], name: str, *, has_own_check: bool = False) -> sa.Enum:
    """A column of one of the domain's words, stored as the word itself and refused otherwise (constraint ``name``).

    A table that writes this check itself ``has_own_check``.
    """
    return sa.Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=not has_own_check,
        length=32,
        values_callable=lambda words: [w.value for w in words],
    )


RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A key that grows: eight bytes, and SQLite's own rowid."""

Json = sa.JSON(none_as_null=True)

Id = Annotated[int, mapped_column(RowId, primary_key=True)]
Year = Annotated[int, mapped_column(sa.SmallInteger)]
"""考评年度: the evaluation year that a row belongs to."""
Details = dict[str, Any]
