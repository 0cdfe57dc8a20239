"""企业 and 服务机构: whom the platforms serve, and who serves with them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, part_index
from models.types import Id


class Enterprise(Created, Base):
    """企业: known by its 统一社会信用代码, or by an older licence that staff confirm (待核 until then).

    Its name is only a label.
    """

    __tablename__ = "enterprises"
    __table_args__ = (
        sa.CheckConstraint("uscc is not null or licence_number is not null", name="identity"),
        sa.CheckConstraint("uscc is null or length(uscc) = 18", name="uscc"),
        sa.CheckConstraint("length(name) between 1 and 200", name="name"),
        sa.CheckConstraint("region_code is null or length(region_code) = 6", name="region_code"),
        part_index("ix_enterprises_not_counted", "id", where="is_counted is false"),
    )

    id: Mapped[Id]
    uscc: Mapped[str | None] = mapped_column(sa.String(18), unique=True)
    licence_number: Mapped[str | None] = mapped_column(sa.String(32), unique=True)
    licence_confirmed_at: Mapped[datetime | None]
    licence_confirmed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    name: Mapped[str]
    name_form: Mapped[str] = mapped_column(index=True)
    """The name's normal form, for finding; never an identity."""
    region_code: Mapped[str | None] = mapped_column(sa.String(6))
    is_counted: Mapped[bool] = mapped_column(
        sa.Computed(
            "case when uscc is not null then substr(uscc, 1, 1) not in ('1', '5')"
            " else licence_confirmed_at is not null end",
            persisted=True,
        )
    )
    """Counted: a valid code that is no public body's (1…) or association's (5…), or a confirmed licence."""
    merged_into_id: Mapped[int | None] = mapped_column(index=True)
    """已并入: the enterprise that this one is found as, while a merge (``enterprise_merges``) is in force.

    It leads straight to the one that is kept, however many merges lie between.
    """


class EnterpriseNamePair(Base):
    """Two signs that stand beside each other in an enterprise's name: so that near names are found without reading all.

    Triggers of the database write them whenever a name's normal form is written; nobody else does.
    """

    __tablename__ = "enterprise_name_pairs"
    __table_args__ = ({"sqlite_with_rowid": False},)

    pair: Mapped[str] = mapped_column(sa.String(2), primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Institution(Created, Base):
    """服务机构: who renders a service at a platform's side."""

    __tablename__ = "institutions"

    id: Mapped[Id]
    uscc: Mapped[str | None] = mapped_column(sa.String(18), unique=True)
    name: Mapped[str] = mapped_column(unique=True)
