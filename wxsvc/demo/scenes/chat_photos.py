"""A photo by chat: several activities are about, so the account asks which; the worker fetches it meanwhile."""

from __future__ import annotations

import re

from wxsvc.demo import sample_photo
from wxsvc.demo.story_run import WORKER, Play


def send(on: Play) -> None:
    """The menu's camera, a question, a digit."""
    clerk, stage, title = on.hands["clerk"], on.stage, on.typed["title"]
    reply = stage.heard("which", clerk.phone.tap(on.menu["camera"], photo=sample_photo.photo("chat")), title)
    digit = next((line[0] for line in reply.text.splitlines() if re.match(r"\d ", line) and title in line), "")
    reply = stage.heard("saving", clerk.phone.send(digit), title)
    stage.tell("chat_photo", digit=digit, reply=stage.short(reply.text), **on.names)


def find(on: Play) -> None:
    """The picture hangs in the activity."""
    clerk, stage, title = on.hands["clerk"], on.stage, on.typed["title"]
    page = f"/p/activity/{on.code}/wrap-up"
    stage.becomes("attached", lambda: re.search(stage.reads["attached"], clerk.open(page).text) is not None, WORKER)
    stage.tell("attached", title=title, **on.names)
