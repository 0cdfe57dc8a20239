"""The score: asked for in the chat, and shown line by line."""

from __future__ import annotations

from wxsvc import wording
from wxsvc.demo.story_run import Play


def ask_in_the_chat(on: Play) -> None:
    """A place's name by the official, an enterprise's own check-ins."""
    official, visitor, stage = on.hands["official"], on.hands["visitor"], on.stage
    place = on.typed["place"]
    reply = stage.heard("place", official.phone.send(place), place)
    stage.tell("place", place=place, reply=stage.short(reply.text), **on.names)
    reply = stage.heard("title", visitor.phone.tap(on.menu["my_check_ins"]), on.typed["title"])
    stage.tell("mine", reply=stage.short(reply.text), **on.names)


def show_scorecard(on: Play) -> None:
    """The platform's scorecard as it stands now, line by line."""
    card, points = on.card(), wording.points
    on.stage.equal("sums", on.total(), points(card.total))
    as_of = wording.beijing(card.as_of)
    on.stage.tell("scorecard", platform=card.platform.name, year=card.year, as_of=as_of)
    for line in card.lines:
        row = {"points": points(line.points), "full": points(line.full)}
        on.stage.add("row", name=line.name, working=line.working, **row)
    sums = {"base": card.base, "bonus": card.bonus, "total": card.total, "awaited": card.awaited}
    on.stage.add("sums", **{name: points(value) for name, value in sums.items()})
