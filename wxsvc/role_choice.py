"""身份选择: in which of their roles somebody acts who holds several. A form acts in the one its page was shown in.

Whoever works at two platforms may have chosen the other one since, in another window, or have lost one: what they typed
for the one must not become the other's.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from flask import abort, g, request, session

from wxsvc.services.people.staff import RoleHeld

SHOWN_AS: Final = "shown_as"
"""The field of a form that says in which role its page was shown (``token`` of macros.html)."""


def chosen(fitting: Collection[RoleHeld]) -> RoleHeld | None:
    """Which of the roles that fit this request acts; None where it is to be chosen.

    403 for a form of a role that is not held any more. The page that follows a form is of the form's role.
    """
    role_id = request.form.get(SHOWN_AS)
    if role_id is None:
        found = next((each for each in fitting if each.id == session.get("standing")), None)
        return found or (next(iter(fitting)) if len(fitting) == 1 else None)
    shown = next((each for each in fitting if str(each.id) == role_id), None)
    if shown is None:
        abort(403)
    if len(fitting) > 1 and session.get("standing") != shown.id:
        session["standing"] = shown.id
    return shown


def shown_as() -> int | None:
    """The number of the role in which this page is shown, for its forms."""
    role: RoleHeld | None = g.get("standing")
    return role.id if role else None
