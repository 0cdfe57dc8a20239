"""对照营业执照登记: an enterprise that somebody describes from its licence, wherever a page asks for it."""

from __future__ import annotations

from typing import Final

from wxsvc.pages.forms import TypedForm
from wxsvc.services.people.enterprises import EnterpriseForm

_NAME_FAULTS: Final = (
    "enterprise_name_needed",
    "enterprise_name_too_long",
    "person_in_name",
    "name_unlikely",
    "name_known",
)
_CODE_FAULTS: Final = ("wrong_uscc", "wrong_uscc_length", "identity_number", "code_needed")


def of(form: TypedForm) -> EnterpriseForm:
    """What the form says of it."""
    return EnterpriseForm(
        form["name"],
        form["uscc"].strip() or None,
        form["licence_number"].strip() or None,
        form["region"] or None,
        asks_again=form.asks_again("name"),
    )


def field_of(
    form: TypedForm, name: str = "name", code: str = "uscc", licence: str = "licence_number"
) -> dict[str, str]:
    """Beside which field each fault of a description stands: a number's where that number was typed."""
    typed = licence if form[licence].strip() and not form[code].strip() else code
    own = {"wrong_licence_number": licence, "wrong_region": "region"}
    return dict.fromkeys(_NAME_FAULTS, name) | dict.fromkeys(_CODE_FAULTS, typed) | own
