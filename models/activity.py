"""服务活动: what a platform publishes, every platform's part in it, and its photos."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Reviewed, part_index, row_state
from models.terms import PhotoKind, Subject
from models.types import Details, Id, Json, Year, word
from scoring.terms import ActivityCategory, Form, Part


class Activity(Reviewed, Base):
    """服务活动: exactly one category; the end of the activity decides its year (Asia/Shanghai)."""

    __tablename__ = "activities"
    SUBJECT = Subject.ACTIVITY
    __table_args__ = (
        sa.CheckConstraint(
            "stage = 'draft' or (year is not null and category is not null and starts_at is not null"
            " and ends_at is not null and opens_at is not null and closes_at is not null and scene is not null)",
            name="published",
        ),
        sa.CheckConstraint("ends_at > starts_at", name="time"),
        sa.CheckConstraint("closes_at > opens_at", name="window"),
        sa.CheckConstraint("length(title) between 1 and 200", name="title"),
        sa.CheckConstraint("stage <> 'approved' or reviewed_at is not null", name="approved"),
        sa.CheckConstraint("stage not in ('returned', 'void') or return_reason is not null", name="reason"),
        sa.CheckConstraint("length(short_code) = 5", name="short_code"),
        part_index("uq_activities_short_code", "short_code", unique=True, where="stage = 'published'"),
        sa.Index("ix_activities_platform_id_year", "platform_id", "year"),
        sa.Index("ix_activities_starts_at", "starts_at"),
        sa.Index("ix_activities_closes_at", "closes_at"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """The activity's own code (import key, address of its pages)."""
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"))
    """The platform that published it; every platform's part stands in ``activity_platforms``."""
    year: Mapped[Year | None]
    title: Mapped[str]
    category: Mapped[ActivityCategory | None] = mapped_column(word(ActivityCategory, "category"))
    form: Mapped[Form | None] = mapped_column(word(Form, "form"))
    organisers: Mapped[str | None]
    """主办、承办、协办单位 as printed on the notice."""
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    opens_at: Mapped[datetime | None]
    """签到开放: by default one hour before the start."""
    closes_at: Mapped[datetime | None]
    place: Mapped[str | None]
    meeting_link: Mapped[str | None]
    content: Mapped[str | None]
    summary: Mapped[str | None]
    scene: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Scene of the parametric code."""
    short_code: Mapped[str | None] = mapped_column(sa.String(5))
    """Five digits to type in the chat; free for another activity once this one is submitted."""
    published_at: Mapped[datetime | None]
    is_backfilled: Mapped[bool] = mapped_column(default=False)
    """事后补录: published after it was held; a flag for the reviewer."""
    takes_signups: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """开放报名: enterprises may sign up until the check-in opens."""
    signup_limit: Mapped[int | None] = mapped_column(sa.Integer)
    """How many firms get a place; empty for any number."""


_IS_UNDECIDED = "part = 'assist' and confirmed_at is not null and assist_accepted_at is null and assist_refusal is null"
"""协办 whose evidence nobody has decided on."""


class ActivityPlatform(Base):
    """One platform's part (主办 承办 协办) in one activity; it counts for that platform once confirmed."""

    __tablename__ = "activity_platforms"
    __table_args__ = (
        part_index("ix_activity_platforms_late", "activity_id", where="awaits_review"),
        part_index("ix_activity_platforms_undecided", "activity_id", where=_IS_UNDECIDED),
    )

    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activities.id"), primary_key=True)
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"), primary_key=True, index=True)
    part: Mapped[Part] = mapped_column(word(Part, "part"))
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    assist_accepted_at: Mapped[datetime | None]
    """协办 in 其他类 counts once its evidence is accepted by the reviewer."""
    assist_accepted_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    assist_refusal: Mapped[str | None]
    """Why the evidence of a 协办 was refused; empty again once it is accepted."""
    awaits_review: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Confirmed after the activity was approved: it counts once the reviewer has confirmed it too."""


class ActivityPhoto(Base):
    """现场照片, 截图 or 纸质签到表 of an activity; taking one away keeps the row."""

    __tablename__ = "activity_photos"
    __table_args__ = (
        part_index("uq_activity_photos_once", "activity_id", "sha256", unique=True, where="removed_at is null"),
    )

    id: Mapped[Id]
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activities.id"))
    sha256: Mapped[str] = mapped_column(sa.ForeignKey("stored_files.sha256"), index=True)
    kind: Mapped[PhotoKind] = mapped_column(word(PhotoKind, "kind"), default=PhotoKind.PHOTO)
    added_at: Mapped[datetime]
    added_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    removed_at: Mapped[datetime | None]

    is_kept = row_state(empty=("removed_at",))
    """Not taken away."""

    @hybrid_property
    def shows_activity(self) -> bool:
        """现场照片或截图, not taken away; a paper sign-in sheet (纸质签到表) does not count as a photo."""
        return self.removed_at is None and self.kind is not PhotoKind.SIGN_IN_SHEET

    @shows_activity.inplace.expression
    @classmethod
    def _shows_activity(cls) -> sa.ColumnElement[bool]:
        return sa.and_(cls.removed_at.is_(None), cls.kind != PhotoKind.SIGN_IN_SHEET)


class ActivityMaterial(Base):
    """活动资料: a file for those who took part; taking one away keeps the row."""

    __tablename__ = "activity_materials"
    __table_args__ = (
        part_index("uq_activity_materials_once", "activity_id", "sha256", unique=True, where="removed_at is null"),
    )

    id: Mapped[Id]
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activities.id"))
    sha256: Mapped[str] = mapped_column(sa.ForeignKey("stored_files.sha256"))
    added_at: Mapped[datetime]
    added_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    removed_at: Mapped[datetime | None]


class ActivityVersion(Base):
    """提交版本: what an activity said each time it was submitted, so that a reviewer sees what was mended."""

    __tablename__ = "activity_versions"

    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activities.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    """First submission 1, second 2 …."""
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    content: Mapped[Details] = mapped_column(Json)
