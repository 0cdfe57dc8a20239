"""Who does it: a person in one role. Services ask the actor, so that no door of the house can forget to."""

from __future__ import annotations

from msgspec import Struct

from models.terms import Role
from wxsvc.services.refusal import Refused


class Actor(Struct, frozen=True):
    """A person acting in a role; ``role`` None is an enterprise's person, ``person_id`` None the machine itself."""

    person_id: int | None
    role: Role | None = None
    platform_id: int | None = None
    is_machine: bool = False

    def must_work_for(self, platform_id: int) -> None:
        """Staff of that very platform, or the machine; else ``Refused("not_allowed")``."""
        if not (self.is_machine or (self.role is Role.PLATFORM and self.platform_id == platform_id)):
            raise Refused("not_allowed")

    def must_review(self) -> None:
        """省枢纽平台 or 省工信厅 (the province may do whatever its hub may)."""
        if not (self.is_machine or self.role in (Role.REVIEWER, Role.PROVINCE)):
            raise Refused("not_allowed")

    def must_be_province(self) -> None:
        """省工信厅 alone."""
        if not (self.is_machine or self.role is Role.PROVINCE):
            raise Refused("not_allowed")

    def must_be_an_official(self) -> None:
        """One person of 省工信厅, not the machine: where two must agree, or somebody must answer for it."""
        self.must_be_province()
        if self.person_id is None:
            raise Refused("not_allowed")

    @property
    def reviews(self) -> bool:
        """Whether this is provincial staff."""
        return self.role in (Role.REVIEWER, Role.PROVINCE)


MACHINE = Actor(None, is_machine=True)
"""The worker, the command line and imports."""
