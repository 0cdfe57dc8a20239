"""Persons, their enterprises, their roles: the only place of openid, name and phone, and so the only place to erase."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, part_index, row_state
from models.terms import Role, StandingProof
from models.types import Id, Json, word


class Person(Base):
    """A person behind an openid. Everything else carries ``person_id``; erasing empties the columns, keeps the row."""

    __tablename__ = "persons"
    __table_args__ = (
        sa.CheckConstraint(
            "erased_at is null or (openid is null and name_sealed is null and phone_sealed is null)", name="erased"
        ),
    )

    id: Mapped[Id]
    openid: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    name_sealed: Mapped[str | None]
    """姓名, encrypted by the vault."""
    phone_sealed: Mapped[str | None]
    """手机号, encrypted by the vault."""
    is_no_enterprise: Mapped[bool] = mapped_column(default=False)
    """我不代表企业: arrivals are attendance."""
    is_following: Mapped[bool] = mapped_column(default=False)
    followed_at: Mapped[datetime | None]
    consent_version: Mapped[str | None]
    consented_at: Mapped[datetime | None]
    consent_put_off: Mapped[str | None]
    """以后再说: the version of the renewed notice that the person need not be asked about again."""
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class Contact(Base):
    """企业联系人: a person who may stand for an enterprise."""

    __tablename__ = "contacts"
    __table_args__ = (part_index("uq_contacts_current", "person_id", unique=True, where="is_current"),)

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"), primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(sa.ForeignKey("enterprises.id"), primary_key=True, index=True)
    is_current: Mapped[bool] = mapped_column(default=False)
    """The enterprise this person last stood for (上次代表): a scan counts for it without asking."""
    created_at: Mapped[datetime]


class Standing(Base):
    """代表资格: what is known of somebody's word that they stand for an enterprise.

    A contact without a row was there before anybody was asked, and is confirmed.
    """

    __tablename__ = "standings"
    __table_args__ = (
        sa.CheckConstraint("(confirmed_at is null) = (proof is null)", name="confirmed"),
        sa.CheckConstraint("(licence_sha256 is null) = (licence_sent_at is null)", name="licence"),
        sa.CheckConstraint("offered_uscc is null or length(offered_uscc) = 18", name="offered_uscc"),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"), primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(sa.ForeignKey("enterprises.id"), primary_key=True, index=True)
    begun_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    proof: Mapped[StandingProof | None] = mapped_column(word(StandingProof, "proof"))
    suspended_at: Mapped[datetime | None]
    """Since a contact who was there before said 不认识, until staff have looked."""
    suspended_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    licence_sha256: Mapped[str | None] = mapped_column(sa.ForeignKey("stored_files.sha256"))
    """营业执照照片, to be seen by provincial staff."""
    licence_sent_at: Mapped[datetime | None]
    offered_uscc: Mapped[str | None] = mapped_column(sa.String(18))
    """信用代码 that somebody not yet confirmed has given: 待核, it decides nothing."""


class StaffRole(Base):
    """工作人员身份: what a person may do, at which platform, from when until when."""

    __tablename__ = "staff_roles"
    __table_args__ = (
        sa.CheckConstraint("(role = 'platform') = (platform_id is not null)", name="platform"),
        part_index(
            "uq_staff_roles_at_platform",
            "person_id",
            "platform_id",
            unique=True,
            where="ended_at is null and platform_id is not null",
        ),
        part_index(
            "uq_staff_roles_of_province",
            "person_id",
            "role",
            unique=True,
            where="ended_at is null and platform_id is null",
        ),
    )

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"))
    role: Mapped[Role] = mapped_column(word(Role, "role"))
    platform_id: Mapped[int | None] = mapped_column(sa.ForeignKey("platforms.id"), index=True)
    granted_at: Mapped[datetime]
    granted_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    ended_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    """暂停: the last official left; following again gives the role back, or an operator makes another official."""

    is_held = row_state(empty=("ended_at", "suspended_at"))
    """在任: the role has neither ended nor been suspended."""


class Invitation(Created, Base):
    """邀请: a one-time link that makes its opener a member of staff; the token itself is never stored."""

    __tablename__ = "invitations"
    __table_args__ = (
        sa.CheckConstraint("(role = 'platform') = (platform_id is not null)", name="platform"),
        sa.CheckConstraint("(used_at is null) = (used_by is null)", name="used"),
    )

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    role: Mapped[Role] = mapped_column(word(Role, "role"))
    platform_id: Mapped[int | None] = mapped_column(sa.ForeignKey("platforms.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))


class Rejoining(Created, Base):
    """重新关联: a one-time link by which a person whose openid changed becomes again who they were."""

    __tablename__ = "rejoinings"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LinkClaim(Base):
    """待确认: who opened an invitation or a link to rejoin; it takes effect once an official confirms it."""

    __tablename__ = "link_claims"
    __table_args__ = (
        sa.CheckConstraint("(invitation_id is null) <> (rejoining_id is null)", name="one_link"),
        sa.CheckConstraint("decided_at is not null or not is_confirmed", name="confirmed"),
    )

    id: Mapped[Id]
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invitations.id"), unique=True)
    rejoining_id: Mapped[int | None] = mapped_column(sa.ForeignKey("rejoinings.id"), unique=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"))
    """Who opened it first, and nobody after them."""
    claimed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    is_confirmed: Mapped[bool] = mapped_column(default=False)


class DeskSignIn(Base):
    """扫码登录: a desk shows a code and a number, a phone types the number, the desk enters once."""

    __tablename__ = "desk_sign_ins"
    __table_args__ = (sa.CheckConstraint("(approved_at is null) = (person_id is null)", name="approved"),)

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Of what the code says; the desk's own half is another secret, in its session."""
    number: Mapped[str] = mapped_column(sa.String(4))
    """Shown by the desk alone, typed on the phone, so that nobody approves somebody else's desk."""
    wrong_tries: Mapped[int] = mapped_column(sa.Integer, default=0, server_default="0")
    """How often another number was typed: after the third the code is worth nothing."""
    expires_at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    approved_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class Passage(Base):
    """来去: an openid followed or left, kept for the minutes in which older pushes of it may still arrive."""

    __tablename__ = "passages"

    openid_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    """Keyed hash: it tells nobody the openid, and is deleted once no push that old is accepted any more."""
    passed_at: Mapped[datetime] = mapped_column(primary_key=True)
    is_leaving: Mapped[bool] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    """Who left; empty for followings, and when nobody was known behind the openid until then."""
    is_final: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """撤回授权, 注销, 删除 or 重新关联, or a leaving before one: by this openid the person is not known again."""


class Departure(Base):
    """误取消关注: who left and may follow again, for ten days; without openid, name or phone."""

    __tablename__ = "departures"

    openid_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    """Keyed hash: it tells nobody the openid."""
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"))
    left_at: Mapped[datetime]
    links: Mapped[list[Any]] = mapped_column(Json)
    """企业联系: enterprise, whether it was the current one, since when."""
