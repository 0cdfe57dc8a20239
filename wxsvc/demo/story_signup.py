"""The story's step before an event (报名): found among 近期活动, one tap, and the platform's list."""

from __future__ import annotations

from wxsvc.demo.seed_signups import PLACES
from wxsvc.demo.story_run import StoryRun
from wxsvc.demo.tables import table


def sign_up(run: StoryRun) -> None:
    """All places are taken: the visitor waits behind one other firm, and the clerk reads both on the list."""
    visitor, clerk, checks = run.phones["visitor"], run.phones["clerk"], run.checks
    title = table("open_matters")["signups"]["title"]
    visitor.tap(run.menu["coming"])
    visitor.send(q=title)
    page = visitor.follow(title)
    checks.read("full", page.text)
    code = page.url.rpartition("/")[2].partition("?")[0]
    enterprise = next(value for name, value, _ in page.form("enterprise").buttons if name == "enterprise")
    checks.read("waits", visitor.send(enterprise=enterprise).text)
    seen = clerk.open(f"/p/activity/{code}")
    checks.read("signed_up", seen.text)
    checks.step("signed_up", title=title, places=PLACES, **run.names)
