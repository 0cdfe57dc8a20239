"""Papers (材料) that come with a form: in the store before anything is written, outside any transaction.

Drawing a large picture takes a while. What was stored and then not written down lies unused under its own content, and
is found again the next time.
"""

from __future__ import annotations

from flask import request
from msgspec import Struct
from werkzeug.datastructures import FileStorage

from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.files import KeptFile
from wxsvc.pages.forms import TypedForm
from wxsvc.services.records import papers
from wxsvc.uploads.filetypes import FileRefused

FIELD = "paper"
"""The field of every form that takes papers."""


class SentPaper(Struct, frozen=True):
    """A paper that the store holds by now, under the name it came with."""

    stored: KeptFile
    name: str

    def keep(self, session: Session) -> str:
        """Write it down; its SHA-256."""
        return papers.keep(session, self.stored, self.name, current_actor(), now())


def every() -> list[SentPaper]:
    """The papers that came; a field left empty is none. Raises ``FileRefused``."""
    return [_stored(file) for file in request.files.getlist(FIELD) if file.filename]


def one(form: TypedForm) -> SentPaper | None:
    """The paper that came with a form that is good so far; None without one, and with what is wrong with it told."""
    sent = request.files.get(FIELD)
    if not form.is_good or sent is None or not sent.filename:
        return None
    try:
        return _stored(sent)
    except FileRefused as refused:
        form.refuse_file(FIELD, refused)
        return None


def _stored(file: FileStorage) -> SentPaper:
    return SentPaper(house().files.store_paper(file.stream), file.filename or "")
