"""A page with a form (表单页): shown, shown again with what is wrong, or taken. What each of them needs is here, once.

A view reads the form, says in a function what it asks for, and shows the page again where it was not taken::

    form = TypedForm(request.form)
    name = form.text("name", needed="text_needed")

    def deed(session: Session) -> str:
        media.add(session, name, current_actor(), now())
        return url_for("province.media_list.page")

    return taken(form, deed, "medium_added", name=name) or _listed(form)

A form that edits shows ``overtaken.filled(form, stands)``, with the mark of what it shows (``seen``) in ``stands``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue

from wxsvc import wording
from wxsvc.access import house
from wxsvc.db import Session
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import ABOVE, TypedForm
from wxsvc.services.refusal import Refused

Led: TypeAlias = str | tuple[str, Mapping[str, object]]
"""Where a deed leads; where its record is not in sight there, also what its sentence calls it by."""


def shown(template: str, form: TypedForm, *, refused: int = 422, **facts: object) -> ResponseReturnValue:
    """The page: 200; 422 with what is wrong in the form, and ``refused`` where the whole of it is refused."""
    status = 200 if form.is_good else 422 if form.refusal is None else refused
    return render_template(template, form=form, **facts), status


def taken(
    form: TypedForm,
    deed: Callable[[Session], Led],
    said: str,
    field_of: Mapping[str, str] = ABOVE,
    *,
    table: str = "pages",
    **facts: object,
) -> ResponseReturnValue | None:
    """Do what a good form asks for, in one transaction; say so, and lead to the address that ``deed`` returns.

    ``said`` is a sentence of ``table``, filled by ``facts`` and those of the deed; ``field_of`` tells by its code
    beside which field a refusal stands. None where nothing is done: the form says why, and is to be shown again. So it
    is, too, where ``deed`` itself complains: nothing is kept then.
    """
    if not form.is_good:
        return None
    try:
        with house().database.transaction() as session:
            led = deed(session)
            if not form.is_good:
                session.rollback()
    except Refused as refused:
        form.refuse(refused, field_of)
    if not form.is_good:
        return None
    to, told = (led, {}) if isinstance(led, str) else led
    return done(said, to, table=table, **facts, **told)


def done(said: str, to: str, *, table: str = "pages", **facts: object) -> ResponseReturnValue:
    """A deed was done: say so with a sentence of ``table`` at the address where it leads."""
    flash(wording.sentence(table, said, **facts), "done")
    return redirect(to, 303)


def not_done(refused: Refused, to: str, kind: str = "wrong") -> ResponseReturnValue:
    """A deed that asked for nothing typed was refused: say why at the address where it was asked for."""
    flash(refusal_text(refused), kind)
    return redirect(to, 303)
