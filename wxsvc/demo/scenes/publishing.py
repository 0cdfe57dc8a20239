"""The clerk publishes on one screen; a typed short code and the menu's scanner work at once."""

from __future__ import annotations

from datetime import timedelta

from wxsvc.clock import BEIJING
from wxsvc.demo.story_run import Play


def publish(on: Play) -> None:
    """One form, and the activity can be scanned."""
    clerk, stage, typed = on.hands["clerk"], on.stage, on.typed
    clerk.tap(on.menu["publish"])
    begin = on.clock.now().astimezone(BEIJING).replace(minute=30, second=0)
    page = clerk.send(
        title=typed["title"],
        category=typed["category"],
        form="onsite",
        part="host",
        organisers=typed["organisers"],
        starts_at=f"{begin:%Y-%m-%dT%H:%M}",
        ends_at=f"{begin + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        place=typed["hall"],
        content=typed["content"],
        deed="publish",
    )
    stage.read("title", page.text, typed["title"])
    on.code = page.url.rpartition("/")[2].partition("?")[0]
    stage.tell("published", title=typed["title"], short_code=_short_code(on), **on.names)


def come_by_other_doors(on: Play) -> None:
    """Five digits in the chat, and the menu's scanner before the page's code."""
    visitor, newcomer, stage = on.hands["visitor"], on.hands["newcomer"], on.stage
    reply = stage.heard("checked_in", visitor.phone.send(_short_code(on)))
    stage.tell("short_code", reply=stage.short(reply.text), **on.names)
    reply = stage.heard("checked_in", newcomer.phone.scan_with_menu(f"{on.product.url}/c/{on.code}"))
    stage.tell("scanner", reply=stage.short(reply.text), **on.names)
    stage.equal("count", 2, on.live(on.code))
    stage.tell("live", count=2, **on.names)


def _short_code(on: Play) -> str:
    return on.stage.found("short_code", on.hands["clerk"].page.text)
