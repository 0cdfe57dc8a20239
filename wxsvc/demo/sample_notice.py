"""A notice of next year's holidays (放假通知) to load in the demo: the statutory days and those given back for them."""

from __future__ import annotations

from datetime import date

from scoring.statutory_days import HOLIDAYS, days_of_rest
from wxsvc.demo.tables import table


def notice(year: int) -> str | None:
    """The text, as the office would publish it; None for a year whose lunar days are not known."""
    said, rest = table("province")["notice"], days_of_rest(year)
    there = [name for name in HOLIDAYS if name in rest.values()]
    hidden = [name for name in HOLIDAYS if name not in there]  # 中秋 falls within 国庆 in some years
    if len(hidden) > 1:
        return None
    lines = [said["title"].format(year=year), said["number"].format(before=year - 1)]
    for number, name in zip(said["numbers"], there, strict=False):
        days = [day for day, holiday in rest.items() if holiday == name]
        first, last = min(days), max(days)
        count = (last - first).days + 1
        names = said["between"].join([name, *hidden] if name == there[-1] else [name])
        words = {"number": number, "name": names, "count": count, "first": _day(first), "last": _day(last)}
        lines.append(said["several" if count > 1 else "one"].format(**words))
    return "\n".join([*lines, said["issued"].format(before=year - 1)]) + "\n"


def _day(day: date) -> str:
    said = table("province")["notice"]
    text: str = said["day"].format(month=day.month, day=day.day, weekday=said["weekdays"][day.weekday()])
    return text
