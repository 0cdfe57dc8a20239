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

import tomllib
from collections.abc import Callable, Mapping
from http import HTTPStatus
from itertools import chain
from pathlib import Path
from typing import Final, TypeAlias

from flask import flash, g, redirect, render_template
from flask.typing import ResponseReturnValue

from wxsvc import wording
from wxsvc.access import house
from wxsvc.db import Session
from wxsvc.pages.errors import STATUS, refusal_text
from wxsvc.pages.forms import ABOVE, TypedForm
from wxsvc.services.refusal import Refused

Led: TypeAlias = str | tuple[str, Mapping[str, object]]
"""Where a deed leads; where its record is not in sight there, also what its sentence calls it by."""


_STANDING: Final = tomllib.loads(Path(__file__).with_name("by_others.toml").read_text("utf-8"))
BY_OTHERS: Final[frozenset[str]] = frozenset(chain.from_iterable(_STANDING.values()))
"""Refusals by what stands, whatever was typed."""


def status(form: TypedForm, *, is_wrong: bool = False) -> int:
    """How a form's page is answered; every page with a form asks here.

    200: nothing is wrong. 422: something that was typed is, and the page says what. 409: what others did, or how things
    stand, does not let it be done (:data:`BY_OTHERS`). 403, 404: as everywhere (:data:`wxsvc.pages.errors.STATUS`). A
    link that has ended is 410, on a page without a form.
    """
    if form.is_good:
        return HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK
    code = form.refused_as
    if form.is_overtaken or code in BY_OTHERS:
        return HTTPStatus.CONFLICT
    plain = HTTPStatus.UNPROCESSABLE_ENTITY
    return plain if form.has_errors else STATUS.get(code or "", plain)


def shown(template: str, form: TypedForm, *, is_wrong: bool = False, **facts: object) -> ResponseReturnValue:
    """The page with what is wrong in the form, under its :func:`status`; ``is_wrong`` where lines of a list are."""
    g.is_form_page = True
    return render_template(template, form=form, **facts), status(form, is_wrong=is_wrong)


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
