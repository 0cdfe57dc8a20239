"""Papers (材料) that come with a form: in the store before anything is written, outside any transaction.

Drawing a large picture takes a while. What was stored and then not written down lies unused under its own content, and
is found again the next time.
"""

from __future__ import annotations

from typing import Final

from flask import request
from msgspec import Struct

from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.files import KeptFile
from wxsvc.pages.forms import TypedForm
from wxsvc.services.records import papers
from wxsvc.uploads.filetypes import FileRefused

_FIELD: Final = "paper"
"""The field of every form that takes papers."""


class SentPaper(Struct, frozen=True):
    """A paper that the store holds by now, under the name it came with."""

    stored: KeptFile
    name: str

    def keep(self, session: Session) -> str:
        """Write it down; its SHA-256."""
        return papers.keep(session, self.stored, self.name, current_actor(), now())


def stored() -> list[SentPaper] | FileRefused:
    """The papers that came, an empty field is none; why, where one of them is refused."""
    files, store = request.files.getlist(_FIELD), house().files.store_paper
    try:
        return [SentPaper(store(file.stream), file.filename) for file in files if file.filename]
    except FileRefused as refused:
        return refused


def told(form: TypedForm, found: list[SentPaper] | FileRefused) -> list[SentPaper]:
    """What :func:`stored` found; none of them where one was refused, which the form then says."""
    if isinstance(found, FileRefused):
        form.refuse_file(_FIELD, found)
        return []
    return found


def every(form: TypedForm) -> list[SentPaper]:
    """The papers that came; none of them where one is refused, which the form then says."""
    return told(form, stored())


def one(form: TypedForm) -> SentPaper | None:
    """The one that came, if it can be taken: a form with other mistakes says of its paper, too."""
    return next(iter(every(form)), None)
