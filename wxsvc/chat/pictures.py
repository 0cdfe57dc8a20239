"""Pictures that come by chat, and the digit that says which activity they show: received once, answered at once."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from models.activity import Activity
from wxsvc import wording
from wxsvc.chat.push import Push
from wxsvc.house import House
from wxsvc.services import received_pushes
from wxsvc.services.activity import chat_pictures
from wxsvc.services.activity.chat_pictures import Reception, ReceptionKind
from wxsvc.services.activity.picture_places import PicturePlace

_DIGIT = re.compile(r"[1-9]")


def on_image(house: House, push: Push, now: datetime) -> str | None:
    """A picture of staff is kept for an activity or a record, and the worker fetches it; others get a short help."""
    media_id = push.media_id
    if not media_id:
        return None
    with house.database.read() as session:
        if not chat_pictures.is_staff(session, push.from_user):
            return _told(house, Reception(ReceptionKind.NOT_STAFF))
    key = received_pushes.key_of(push.dedupe_key)
    with house.database.transaction() as session:

        def receive() -> str:
            taken = chat_pictures.receive(session, push.from_user, key, media_id, push.created_at, now)
            return _told(house, taken)

        return received_pushes.once(session, push.dedupe_key, now, receive)


def answer_to(house: House, push: Push, typed: str, now: datetime) -> str | None:
    """What a bare digit does, if it answers a question about pictures; None if it does not."""
    digit = unicodedata.normalize("NFKC", typed)
    if not _DIGIT.fullmatch(digit):
        return None
    with house.database.read() as session:
        if not chat_pictures.was_asked(session, push.from_user):
            return None
    with house.database.transaction() as session:

        def choose() -> str | None:
            chosen = chat_pictures.choose(session, push.from_user, int(digit), now)
            return _told(house, chosen) if chosen is not None else None

        return received_pushes.once(session, push.dedupe_key, now, choose)


def _told(house: House, reception: Reception) -> str:
    place = reception.place
    page = f"{house.settings.public_url}{_page_of(place)}" if place is not None else ""
    return wording.reply(f"picture_{reception.kind}", reception=reception, place=place, page=page)


def _page_of(place: PicturePlace) -> str:
    if isinstance(place.row, Activity):
        return f"/p/activity/{place.row.code}/wrap-up"
    return f"/p/{place.subject.value.replace('_', '-')}s/{place.id}"
