"""Column shorthands of the migrations: frozen here, because a migration must not change when the models do."""

import sqlalchemy as sa

INSTANT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def word(*words: str, name: str) -> sa.Enum:
    """A text column that takes only these words, by a check constraint."""
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)
