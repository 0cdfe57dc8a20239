"""Persons and whom they stand for, platforms, enterprises and institutions; roles and how one comes to them."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, created, only_where, word


def create() -> None:
    """Create the tables."""
    op.create_table(
        "persons",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("openid", sa.String(length=64), nullable=True),
        sa.Column("name_sealed", sa.Text(), nullable=True),
        sa.Column("phone_sealed", sa.Text(), nullable=True),
        sa.Column("is_no_enterprise", sa.Boolean(), nullable=False),
        sa.Column("is_following", sa.Boolean(), nullable=False),
        sa.Column("followed_at", INSTANT, nullable=True),
        sa.Column("consent_version", sa.Text(), nullable=True),
        sa.Column("consented_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("erased_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "erased_at is null or (openid is null and name_sealed is null and phone_sealed is null)",
            name="ck_persons_erased",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_persons"),
        sa.UniqueConstraint("openid", name="uq_persons_openid"),
    )
    op.create_table(
        "passages",
        sa.Column("openid_hash", sa.String(length=64), nullable=False),
        sa.Column("passed_at", INSTANT, nullable=False),
        sa.Column("is_leaving", sa.Boolean(), nullable=False),
        sa.Column("person_id", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_passages_person_id"),
        sa.PrimaryKeyConstraint("openid_hash", "passed_at", "is_leaving", name="pk_passages"),
    )
    op.create_table(
        "platforms",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", word("prefecture", "cluster", "county", name="ck_platforms_kind"), nullable=False),
        sa.Column("region_code", sa.String(length=6), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("operator_uscc", sa.String(length=18), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("length(region_code) = 6", name="ck_platforms_region_code"),
        sa.PrimaryKeyConstraint("id", name="pk_platforms"),
        sa.UniqueConstraint("code", name="uq_platforms_code"),
    )
    op.create_table(
        "platform_years",
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("assessed_from", sa.Date(), nullable=False),
        sa.Column("assessed_until", sa.Date(), nullable=False),
        sa.Column("has_market_income", sa.Boolean(), nullable=False),
        sa.Column("sealed_at", INSTANT, nullable=True),
        sa.Column("sealed_by", ROW_ID, nullable=True),
        sa.Column("unseal_asked_at", INSTANT, nullable=True),
        sa.Column("unseal_asked_by", ROW_ID, nullable=True),
        sa.Column("unseal_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(sealed_at is null) = (sealed_by is null)", name="ck_platform_years_sealed"),
        sa.CheckConstraint(
            "(unseal_asked_at is null) = (unseal_asked_by is null)", name="ck_platform_years_unseal_asked"
        ),
        sa.CheckConstraint("assessed_from <= assessed_until", name="ck_platform_years_period"),
        sa.CheckConstraint("unseal_asked_at is null or sealed_at is not null", name="ck_platform_years_unseal_sealed"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_platform_years_platform_id"),
        sa.ForeignKeyConstraint(["sealed_by"], ["persons.id"], name="fk_platform_years_sealed_by"),
        sa.ForeignKeyConstraint(["unseal_asked_by"], ["persons.id"], name="fk_platform_years_unseal_asked_by"),
        sa.PrimaryKeyConstraint("platform_id", "year", name="pk_platform_years"),
    )
    op.create_table(
        "enterprises",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("licence_number", sa.String(length=32), nullable=True),
        sa.Column("licence_confirmed_at", INSTANT, nullable=True),
        sa.Column("licence_confirmed_by", ROW_ID, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_form", sa.Text(), nullable=False),
        sa.Column("region_code", sa.String(length=6), nullable=True),
        sa.Column(
            "is_counted",
            sa.Boolean(),
            sa.Computed(
                "case when uscc is not null then substr(uscc, 1, 1) not in ('1', '5') else licence_confirmed_at is not null end",
                persisted=True,
            ),
            nullable=False,
        ),
        *created("enterprises"),
        sa.CheckConstraint("length(name) between 1 and 200", name="ck_enterprises_name"),
        sa.CheckConstraint("region_code is null or length(region_code) = 6", name="ck_enterprises_region_code"),
        sa.CheckConstraint("uscc is not null or licence_number is not null", name="ck_enterprises_identity"),
        sa.CheckConstraint("uscc is null or length(uscc) = 18", name="ck_enterprises_uscc"),
        sa.ForeignKeyConstraint(["licence_confirmed_by"], ["persons.id"], name="fk_enterprises_licence_confirmed_by"),
        sa.PrimaryKeyConstraint("id", name="pk_enterprises"),
        sa.UniqueConstraint("licence_number", name="uq_enterprises_licence_number"),
        sa.UniqueConstraint("uscc", name="uq_enterprises_uscc"),
    )
    op.create_index("ix_enterprises_name_form", "enterprises", ["name_form"])
    op.create_table(
        "cluster_members",
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_cluster_members_enterprise_id"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_cluster_members_platform_id"),
        sa.PrimaryKeyConstraint("platform_id", "enterprise_id", name="pk_cluster_members"),
    )
    op.create_index("ix_cluster_members_enterprise_id", "cluster_members", ["enterprise_id"])
    op.create_table(
        "institutions",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        *created("institutions"),
        sa.PrimaryKeyConstraint("id", name="pk_institutions"),
        sa.UniqueConstraint("name", name="uq_institutions_name"),
        sa.UniqueConstraint("uscc", name="uq_institutions_uscc"),
    )
    op.create_table(
        "contacts",
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_contacts_enterprise_id"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_contacts_person_id"),
        sa.PrimaryKeyConstraint("person_id", "enterprise_id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_enterprise_id", "contacts", ["enterprise_id"])
    op.create_index("uq_contacts_current", "contacts", ["person_id"], unique=True, **only_where("is_current"))
    op.create_table(
        "staff_roles",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("role", word("platform", "reviewer", "province", name="ck_staff_roles_role"), nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=True),
        sa.Column("granted_at", INSTANT, nullable=False),
        sa.Column("granted_by", ROW_ID, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("(role = 'platform') = (platform_id is not null)", name="ck_staff_roles_platform"),
        sa.ForeignKeyConstraint(["granted_by"], ["persons.id"], name="fk_staff_roles_granted_by"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_staff_roles_person_id"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_staff_roles_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_roles"),
    )
    op.create_index("ix_staff_roles_platform_id", "staff_roles", ["platform_id"])
    op.create_index(
        "uq_staff_roles_at_platform",
        "staff_roles",
        ["person_id", "platform_id"],
        unique=True,
        **only_where("ended_at is null and platform_id is not null"),
    )
    op.create_index(
        "uq_staff_roles_of_province",
        "staff_roles",
        ["person_id", "role"],
        unique=True,
        **only_where("ended_at is null and platform_id is null"),
    )
    op.create_table(
        "invitations",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("role", word("platform", "reviewer", "province", name="ck_invitations_role"), nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("used_by", ROW_ID, nullable=True),
        *created("invitations"),
        sa.CheckConstraint("(role = 'platform') = (platform_id is not null)", name="ck_invitations_platform"),
        sa.CheckConstraint("(used_at is null) = (used_by is null)", name="ck_invitations_used"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_invitations_platform_id"),
        sa.ForeignKeyConstraint(["used_by"], ["persons.id"], name="fk_invitations_used_by"),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_invitations_token_hash"),
    )
    op.create_table(
        "rejoinings",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        *created("rejoinings"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_rejoinings_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rejoinings"),
        sa.UniqueConstraint("token_hash", name="uq_rejoinings_token_hash"),
    )
    op.create_table(
        "desk_sign_ins",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=4), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=True),
        sa.Column("approved_at", INSTANT, nullable=True),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.CheckConstraint("(approved_at is null) = (person_id is null)", name="ck_desk_sign_ins_approved"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_desk_sign_ins_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_desk_sign_ins"),
        sa.UniqueConstraint("token_hash", name="uq_desk_sign_ins_token_hash"),
    )
