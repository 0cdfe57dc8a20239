"""The official judges: sent back with a reason, which reaches the clerk by itself; mended; approved, and it counts."""

from __future__ import annotations

from time import monotonic

from wxsvc import wording
from wxsvc.demo.story_run import FOLDED, WORKER, Play
from wxsvc.services.counting.scorecards import Card


def send_back(on: Play) -> None:
    """The official sends it back with a reason."""
    official, stage = on.hands["official"], on.stage
    reply = stage.heard("waiting", official.phone.tap(on.menu["overview"]))
    stage.tell("overview", reply=stage.short(reply.text), **on.names)
    official.tap(on.menu["review"])
    official.follow(on.typed["title"])
    official.send(more=on.typed["reason"], verdict="return")
    stage.tell("queue", title=on.typed["title"], reason=on.typed["reason"], **on.names)


def hear_of_it(on: Play) -> None:
    """In the inbox at once, as a template message within seconds; the clerk mends it and submits again."""
    clerk, stage, reason = on.hands["clerk"], on.stage, on.typed["reason"]
    clerk.tap(on.menu["today"])
    stage.read("reason", clerk.page.text, reason)
    clerk.open("/p/notices")
    stage.read("reason", clerk.page.text, reason)
    stage.becomes("message", lambda: _message(on) != "", WORKER)
    stage.tell("noticed", message=stage.short(_message(on)), **on.names)
    clerk.open(f"/p/activity/{on.code}/wrap-up")
    clerk.send(summary=on.typed["summary"], deed="submit")
    stage.read("submitted", clerk.page.text)
    stage.tell("returned", **on.names)


def approve(on: Play, before: Card) -> None:
    """The official approves; the score follows."""
    official, stage = on.hands["official"], on.stage
    official.tap(on.menu["review"])
    official.follow(on.typed["title"])
    approved = monotonic()
    official.send(verdict="approve")
    was = wording.points(before.total)
    seconds = stage.changes(on.total, was, FOLDED)
    after = on.card()
    stage.tell(
        "approved",
        seconds=max(seconds, monotonic() - approved),
        platform=after.platform.name,
        before=was,
        after=on.total(),
        **on.names,
    )
    for old, new in zip(before.lines, after.lines, strict=True):
        if old.points != new.points:
            figures = {"before": wording.points(old.points), "after": wording.points(new.points)}
            stage.add("line", name=new.name, working=new.working, **figures)


def _message(on: Play) -> str:
    """The template message about it, as it stands in the clerk's chat."""
    about = on.typed["title"][:10]
    told = [line for line in on.hands["clerk"].phone.chat if line.kind == "notice" and about in line.text]
    return f"{told[-1].title}\n{told[-1].text}" if told else ""
