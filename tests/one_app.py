"""One app for the tests of a process: to join its 390 addresses takes longer than most tests.

What belongs to a test is new each time: the parts (settings, database, clock, files, vault), the configuration and the
counts of the limits. What belongs to the code stays: addresses, blueprints, templates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask
from msgspec.structs import asdict, force_setattr

from wxsvc.app import create_app
from wxsvc.clock import Clock
from wxsvc.db import Database
from wxsvc.house import House
from wxsvc.pages import limits
from wxsvc.settings import Settings


@dataclass(frozen=True)
class _Kept:
    """An app as it was made, and what it was made from."""

    app: Flask
    made_from: dict[str, Any]
    config: dict[str, Any]
    pages: Any
    pages_state: dict[str, Any]
    counts: Any


_kept: list[_Kept] = []


def joined(settings: Settings, clock: Clock, database: Database) -> Flask:
    """The app that ``create_app`` makes of these parts. Flask refuses it more addresses: such a test makes its own.

    It is made anew for other settings (other folders are none), and after an app that counts its limits elsewhere.
    """
    made_from = settings.model_dump(exclude={"data_dir", "files_dir"})
    if not _kept or _kept[0].made_from != made_from or _kept[0].counts is not limits.limiter._storage:
        made = create_app(settings, clock, database)
        made._got_first_request = True
        pages: Any = made.wsgi_app
        _kept[:] = [_Kept(made, made_from, dict(made.config), pages, dict(vars(pages)), limits.limiter._storage)]
    kept = _kept[0]
    house: House = kept.app.extensions["wxsvc"]
    vars(house).clear()  # what it made when first asked
    for name, part in asdict(House(settings, database, clock)).items():
        force_setattr(house, name, part)
    kept.app.config.clear()
    kept.app.config.update(kept.config)
    kept.app.wsgi_app = kept.pages  # type: ignore[method-assign]
    vars(kept.pages).update(kept.pages_state)
    limits.limiter.reset()
    return kept.app
