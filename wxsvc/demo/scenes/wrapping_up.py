"""After the activity: a poor summary, and off to review."""

from __future__ import annotations

from wxsvc import wording
from wxsvc.demo import sample_photo
from wxsvc.demo.story_run import AFTER_LUNCH, Play


def hand_in(on: Play) -> None:
    """Another photo by the page, the summary, 提交审核."""
    clerk = on.hands["clerk"]
    on.clock.advance(AFTER_LUNCH)
    on.stage.tell("time_passes", now=wording.clock(on.clock.now()))
    clerk.open(f"/p/activity/{on.code}/wrap-up")
    clerk.send(files={"photos": ("hall.jpg", sample_photo.photo("story"), "image/jpeg")}, kind="photo")
    clerk.send(summary=on.typed["poor"], deed="submit")
    on.stage.read("submitted", clerk.page.text)
    on.stage.tell("submitted", **on.names)
