"""产业平台融合 of a cluster platform: which platform was introduced or built, by whom, and what it does."""

from __future__ import annotations

from typing import Any

from models.terms import FusionKind, Subject
from wxsvc.db import Session
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.own_records.frame import pages_of
from wxsvc.pages.platform.own_records.noun import Noun
from wxsvc.services.records import platform_fusions
from wxsvc.services.records.platform_fusions import PlatformFusionEntry


def entry_of(_session: Session, form: TypedForm) -> PlatformFusionEntry | None:
    """What the form says."""
    kind = form.word("kind", FusionKind, needed="form_choose")
    name = form.text("name", needed="form_needed")
    provider = form.text("provider", needed="form_needed")
    day = form.day_come("day", needed="form_needed")
    effect = form.text("effect", most=2000, needed="form_needed")
    if kind is None or day is None:
        return None
    return PlatformFusionEntry(kind, name, provider, day, effect)


def typed_of(_session: Session, row: Any) -> dict[str, Any]:
    """The form of a record that is there."""
    return {
        "kind": row.kind.value,
        "name": row.name,
        "provider": row.provider,
        "day": row.started_on.isoformat(),
        "effect": row.effect,
    }


def beside(_session: Session, _form: TypedForm) -> dict[str, Any]:
    """What the form offers to choose from."""
    return {"kinds": FusionKind}


noun = Noun(
    Subject.PLATFORM_FUSION,
    "platform-fusions",
    entry_of,
    typed_of,
    platform_fusions.add,
    platform_fusions.correct,
    beside=beside,
)
blueprint = pages_of(noun)
