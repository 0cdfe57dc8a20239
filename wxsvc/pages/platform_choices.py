"""All platforms to choose from in a form, drawn once by each process until a platform is added, renamed or closed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from flask import get_template_attribute
from markupsafe import Markup
from msgspec import Struct

from wxsvc.access import house
from wxsvc.db import Session
from wxsvc.services import platforms


class OfferedPlatform(NamedTuple):
    """One platform to choose, drawn as it is offered and as it is chosen."""

    offered: Markup
    chosen: Markup


class PlatformChoices(Struct, frozen=True):
    """The platforms of a list in the order of their codes, each by the value that the form sends."""

    choices: Mapping[str, OfferedPlatform]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.choices)

    def drawn(self, chosen: Collection[str] = (), without: str | None = None) -> Markup:
        """All of them, or all but one, with those marked that are ``chosen``."""
        return Markup().join(
            choice.chosen if value in chosen else choice.offered
            for value, choice in self.choices.items()
            if value != without
        )


def every(session: Session) -> PlatformChoices:
    """All platforms by their codes, closed ones too, for a list that opens."""
    return _kept(
        session, "every_platform", "option", lambda: ((each.code, each.name) for each in platforms.names(session))
    )


def in_use(session: Session) -> PlatformChoices:
    """Those that are not closed (关停) by their ids, for a list that opens."""
    return _kept(session, "platforms_in_use", "option", lambda: _by_id(session))


def boxes(session: Session) -> PlatformChoices:
    """Those that are not closed (关停) by their ids, to tick any number of them."""
    return _kept(session, "platform_boxes", "box", lambda: _by_id(session))


def _by_id(session: Session) -> Iterator[tuple[str, str]]:
    return ((str(each.id), each.name) for each in platforms.in_use(session))


def _kept(session: Session, name: str, macro: str, valued: Callable[[], Iterator[tuple[str, str]]]) -> PlatformChoices:
    def drawn() -> PlatformChoices:
        draw = get_template_attribute("platform_choices.html", macro)
        both = {
            value: OfferedPlatform(draw(value, called, False), draw(value, called, True)) for value, called in valued()
        }
        return PlatformChoices(both)

    return house().while_same(name, platforms.state_of_names(session), drawn)
