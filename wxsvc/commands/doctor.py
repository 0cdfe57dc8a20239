"""``wxsvc doctor``: asks everything there is to ask; one line each, what is wrong and what mends it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from wxsvc import wording
from wxsvc.checks import account, backups, calendar, connections, jobs, log, machine, officials, other_systems
from wxsvc.checks.finding import Finding, FindingState, bad, good, not_asked
from wxsvc.clock import SystemClock
from wxsvc.commands.parts import print_json, quiet
from wxsvc.settings import Settings, SettingsError, WeChat

if TYPE_CHECKING:
    from wxsvc.db import Database
    from wxsvc.house import House

SOMETHING_WRONG = 1

_OF_SCHEMA = (
    "writing",
    "key",
    "sealed",
    "officials",
    "folding",
    "worker",
    "calendar",
    "retention",
    "backup",
    "webhooks",
    "log",
)
_OF_DATABASE = ("connections", "clock", "schema", *_OF_SCHEMA)
_OF_TOKEN = ("network", "menus", "templates", "subscriptions", "quotas")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> None:
    """Check settings, database, files, broker, worker, calendar, and the account at WeChat; exit 1 when one is wrong.

    One line each: what is wrong and how to mend it. Nothing is changed, but for a row that tries whether writing works,
    and the folders and an embedded database's schema, which every command makes and brings up to date.
    """
    found = []
    for finding in _findings():
        found.append(finding)
        if not as_json:
            click.echo(_say(finding.state.value, title=finding.title, what=finding.what, mend=finding.mend))
    wrong = sum(finding.state is FindingState.BAD for finding in found)
    if as_json:
        said = {"is_well": not wrong, "findings": [finding.as_dict() for finding in found]}
        print_json(said)
    else:
        click.echo(_say("wrong" if wrong else "all_well", count=wrong))
    sys.exit(SOMETHING_WRONG if wrong else 0)


def _findings() -> Iterator[Finding]:
    """Every answer as soon as it is there."""
    try:
        settings = Settings.of_environment()
    except SettingsError as error:
        yield from (bad("settings", "settings_wrong", problem=problem) for problem in error.problems)
        return
    quiet("wxsvc.wechat.gateway", "alembic", "kombu", "amqp")
    with suppress(SettingsError):  # what cannot be made, the check of the folder names
        settings.make_folders()
    yield good("settings")
    yield machine.files(settings)
    yield machine.broker(settings)
    yield account.clock(settings, SystemClock().now)
    yield account.own_callback(settings, SystemClock().now())
    yield account.encryption(settings)
    if former := account.former(settings):
        yield former
    yield account.domain(settings)
    yield from _with_database(settings)


def _with_database(settings: Settings) -> Iterator[Finding]:
    """What rests on the database: the key, the worker's beats, the calendar, and the token that WeChat gave us."""
    from wxsvc.db import Database
    from wxsvc.house import House

    try:
        database = Database(settings.database_url, threads=2)
    except OSError as error:
        yield bad("database", "database_silent", problem=error.strerror or str(error), is_sqlite=True)
        yield from (not_asked(name, "database") for name in (*_OF_DATABASE, "token", *_OF_TOKEN))
        return
    house = House(settings, database, SystemClock())
    try:
        answered = machine.database(database)
        yield answered
        if answered.state is FindingState.BAD:
            yield from (not_asked(name, "database") for name in (*_OF_DATABASE, "token", *_OF_TOKEN))
            return
        yield connections.enough(database)
        yield machine.clock(database, house.now)
        schema = _schema(database)
        yield schema
        if schema.state is FindingState.BAD:
            yield from (not_asked(name, "schema") for name in (*_OF_SCHEMA, "token", *_OF_TOKEN))
            return
        yield machine.writing(database, house.now())
        with database.read() as session:
            yield machine.key(session, house.vault)
            yield machine.sealed_values(session, house.vault)
            yield officials.present(session)
            yield jobs.folding(session, house.now(), is_embedded=settings.is_embedded)
            beats = jobs.beats(session, house.now())
            is_simulated = settings.wechat is WeChat.SIMULATOR
            yield jobs.worker(beats, is_embedded=settings.is_embedded, is_simulated=is_simulated)
            yield calendar.next_year(session, house.now())
            yield jobs.retention(session, house.now())
            yield backups.made(session, house.now())
            yield other_systems.told(session, house.now())
            yield log.chain(session, house.now())
        yield from _at_wechat(house)
    finally:
        database.dispose()


def _schema(database: Database) -> Finding:
    from wxsvc.db import SchemaError

    if database.is_sqlite:
        with suppress(SchemaError):  # the check of the schema names it
            database.prepare()
    return machine.schema(database)


def _at_wechat(house: House) -> Iterator[Finding]:
    from wxsvc.chat import menus as data

    gateway, settings = house.gateway, house.settings
    token = account.token(gateway, settings)
    yield token
    if token.state is FindingState.BAD:
        yield from (not_asked(name, "token") for name in _OF_TOKEN)
        return
    yield account.network(gateway, settings)
    yield account.menu(gateway, settings, data.tags().values(), lambda ids: data.wanted(settings.public_url, ids))
    yield account.templates(gateway, settings)
    yield account.subscriptions(gateway, settings)
    yield account.quotas(gateway, settings)


def _say(code: str, **facts: object) -> str:
    return wording.sentence("doctor", code, **facts)
