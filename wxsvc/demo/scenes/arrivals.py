"""At the door: the worker fetches WeChat's code; a first visitor, the same again, somebody known; the figures rise."""

from __future__ import annotations

from time import monotonic

from models.activity import Activity
from wxsvc.demo.seed_people import code_of
from wxsvc.demo.story_run import FOLDED, WORKER, Play
from wxsvc.demo.tables import table
from wxsvc.services.activity import parametric_codes


def look_before(on: Play) -> None:
    """What the clerk sees before anybody comes."""
    running = _running(on)
    on.stage.tell(
        "before",
        count=on.live(running.code),
        total=on.total(),
        pending=on.pending(),
        title=running.title,
        **on.names,
    )


def fetch_code(on: Play) -> None:
    """The worker has asked WeChat for the activity's parametric code; the clerk's page draws it from then on."""
    stage, clerk = on.stage, on.hands["clerk"]
    stage.becomes("parametric", lambda: code_on_the_wall(on) != "", WORKER)
    page = clerk.open(f"/p/activity/{_running(on).code}/codes")
    stage.read("parametric", page.text)
    drawing = clerk.phone.open(f"{on.product.url}/p/activity/{_running(on).code}/code.svg")
    stage.read("drawn", drawing.text)
    stage.tell("parametric", **on.names)


def come_and_scan(on: Play) -> None:
    """A first visitor, the same again, and somebody who has been here before; the figures rise."""
    newcomer, visitor, stage = on.hands["newcomer"], on.hands["visitor"], on.stage
    wall, code = code_on_the_wall(on), _running(on).code
    before, pending = on.live(code), on.pending()

    reply = stage.heard("first_visit", newcomer.phone.scan(wall))
    stage.tell("first_scan", reply=stage.short(reply.text), **on.names)
    said = table("province")["newcomer"]
    newcomer.open(reply.links[0])
    newcomer.send(q=code_of(900_001, said["region"]))
    consent = newcomer.page.form("consent").offered["consent"][0]
    newcomer.send(name=said["enterprise"], region=said["region"], consent=consent)
    stage.read("receipt", newcomer.page.text)
    stage.tell("enrolled", enterprise=said["enterprise"])
    calm = stage.heard("calm", newcomer.phone.scan(wall))
    stage.tell("calm", reply=stage.short(calm.text), **on.names)

    scanned = monotonic()
    reply = stage.heard("checked_in", visitor.phone.scan(wall))
    stage.tell("returning", reply=stage.short(reply.text), **on.names)
    stage.equal("count", before + 2, on.live(code))
    stage.rises(on.pending, pending, pending + 2, FOLDED)
    stage.tell("pending", count=before + 2, pending=pending + 2, seconds=monotonic() - scanned)


def code_on_the_wall(on: Play) -> str:
    """What the poster's code says: an address of WeChat's own, made for the worker; nothing before that."""
    with on.product.database.reading() as session:
        running = session.get_one(Activity, on.running_id)
        made = parametric_codes.current(session, running, on.clock.now())
        return made.url or "" if made else ""


def _running(on: Play) -> Activity:
    with on.product.database.reading() as session:
        return session.get_one(Activity, on.running_id)
