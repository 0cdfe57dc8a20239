"""Column shorthands of the migrations: frozen here, because a migration must not change when the models do."""

from typing import Any

import sqlalchemy as sa

INSTANT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def word(*words: str, name: str) -> sa.Enum:
    """A text column that takes only these words, by a check constraint."""
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def person(table: str, name: str) -> sa.Column[Any]:
    """Which person did something; empty where nobody did, or the program itself."""
    return sa.Column(name, ROW_ID, sa.ForeignKey("persons.id", name=f"fk_{table}_{name}"), nullable=True)


def created(table: str) -> list[sa.Column[Any]]:
    """Who wrote the row, and when."""
    return [sa.Column("created_at", INSTANT, nullable=False), person(table, "created_by")]


def reviewed(table: str) -> list[sa.Column[Any]]:
    """A claim that counts only once a reviewer approved it: its stage, the last word on it, and who wrote it."""
    stages = word("draft", "published", "submitted", "approved", "returned", "void", name=f"ck_{table}_stage")
    return [
        sa.Column("stage", stages, nullable=False),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        person(table, "reviewed_by"),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *created(table),
    ]


def errand() -> list[sa.Column[Any]]:
    """A call to WeChat that may have to be tried again."""
    return [
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("try_after", INSTANT, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
    ]


def only_where(condition: str) -> dict[str, Any]:
    """The rows that a partial index holds, for either database."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
