"""加入日历: one activity as an iCalendar file (RFC 5545) that every phone's own calendar takes."""

from __future__ import annotations

from datetime import UTC, datetime

from models.activity import Activity
from models.terms import Stage

MEDIA_TYPE = "text/calendar"
_MAKER = "-//wxsvc//activities//ZH"


def calendar(activity: Activity, address: str, host: str, now: datetime) -> bytes:
    """The file: times in UTC, the same UID for ever, and a SEQUENCE that grows with every change of the activity.

    So a calendar that takes the file again moves its entry instead of adding a second one. ``address`` is the
    activity's page, ``host`` the name of the machine that the UID ends in. A cancelled activity says so.
    """
    from icalendar import Calendar, Event

    event = Event()
    event.add("uid", f"{activity.code}@{host}")
    event.add("sequence", activity.version)
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    for name, at in (("dtstart", activity.starts_at), ("dtend", activity.ends_at)):
        if at is not None:
            event.add(name, at.astimezone(UTC).replace(microsecond=0))
    event.add("summary", activity.title)
    if activity.place:
        event.add("location", activity.place)
    event.add("description", "\n".join(filter(None, (activity.content, address))))
    event.add("url", address)
    event.add("status", "CANCELLED" if activity.stage is Stage.VOID else "CONFIRMED")
    made = Calendar()
    made.add("prodid", _MAKER)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add_component(event)
    return bytes(made.to_ical())
