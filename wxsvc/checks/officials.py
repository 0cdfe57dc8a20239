"""Officials (省级管理人员): is there one, who alone may invite, judge and seal."""

from __future__ import annotations

from sqlalchemy.orm import Session

from wxsvc.checks.finding import Finding, bad, good, note
from wxsvc.services.people import returning, staff


def present(session: Session) -> Finding:
    """省级管理人员: how many there are; a new installation has none, and one whose last official left must have one."""
    if count := staff.officials(session):
        return good("officials", "officials_some", count=count)
    if returning.suspended(session):
        return bad("officials", "officials_suspended")
    return note("officials", "officials_none")
