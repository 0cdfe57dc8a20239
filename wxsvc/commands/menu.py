"""``wxsvc menu``: compare the account's menus with the file, send them, and see what one person is shown."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from wxsvc import wording
from wxsvc.chat import menus as data
from wxsvc.commands.parts import load_settings, open_house, quiet, refuse
from wxsvc.services.people import person_tags
from wxsvc.settings import WeChat
from wxsvc.wechat import diagnosis, menus, tags
from wxsvc.wechat.errors import ApiError, WeChatError
from wxsvc.wechat.menus import BadMenus, Menu, Menus

if TYPE_CHECKING:
    from wxsvc.house import House

DIFFERENT = 1
"""Exit status when file and account differ, or somebody sees another menu than the file says; 2: could not be done."""

_NO_SUCH_FOLLOWER, _NO_MENU = 65302, 46003


@click.command()
@click.option("--push", is_flag=True, help="Make the account's menus those of the file.")
@click.option("--try", "openid", metavar="OPENID", help="Show the menu that this follower sees now.")
def menu(push: bool, openid: str | None) -> None:
    """Show how the account's menus differ from the file; exit 1 when they do.

    Nothing is sent without --push, and nothing that WeChat would refuse is sent at all. After --push one member of each
    audience is asked for (trymatch), if there is one.
    """
    if push and openid:
        raise click.UsageError("give either --push or --try OPENID")
    house = open_house(load_settings())
    quiet("wxsvc.wechat.gateway")
    try:
        if openid:
            _try(house, openid)
        elif push:
            _push(house)
        else:
            _compare(house)
    except BadMenus as bad:
        refuse(
            _say("problems", count=len(bad.problems)),
            *(_say("problem", problem=problem) for problem in bad.problems),
        )
    except WeChatError as failure:
        found = diagnosis.explain(failure, is_simulated=house.settings.wechat is WeChat.SIMULATOR)
        refuse(_say("failed", what=found.what, mend=found.mend))


def _compare(house: House) -> None:
    wanted = _wanted(house, {})
    if problems := menus.problems_of(wanted):
        raise BadMenus(problems)
    ids = tags.ids(house.gateway)
    for tag in data.tags().values():
        if tag not in ids:
            click.echo(_say("tags_new", tag=tag))
    lines = menus.difference(menus.fetch(house.gateway), _wanted(house, ids), _names(ids))
    if not lines:
        click.echo(_say("same"))
        return
    _show(lines)
    click.echo(_say("push_hint"))
    sys.exit(DIFFERENT)


def _push(house: House) -> None:
    if problems := menus.problems_of(_wanted(house, {})):
        raise BadMenus(problems)
    ids = tags.ensure(house.gateway, data.tags().values())
    wanted = _wanted(house, ids)
    lines = menus.difference(menus.fetch(house.gateway), wanted, _names(ids))
    menus.push(house.gateway, wanted)
    if lines:
        _show(lines)
    click.echo(_say("pushed" if lines else "same"))
    if not _is_seen(house, wanted):
        sys.exit(DIFFERENT)


def _try(house: House, openid: str) -> None:
    try:
        seen = menus.labels(menus.seen_by(house.gateway, openid))
    except ApiError as refusal:
        if refusal.errcode != _NO_MENU:
            raise
        seen = []
    for line in seen or [_say("no_menu")]:
        click.echo(line)


def _is_seen(house: House, wanted: Menus) -> bool:
    """Ask for one member of each audience what they see; whether each sees the right menu."""
    expected: dict[str | None, Menu | None] = {None: wanted.default}
    expected.update(zip(data.tags(), wanted.conditional, strict=True))
    is_right = True
    for audience, menu_wanted in expected.items():
        name = data.tags()[audience] if audience else _say("default")
        with house.database.read() as session:
            openid = person_tags.one_of(session, audience)
        seen = _labels_seen(house, openid) if openid else None
        if seen is None:
            click.echo(_say("nobody", audience=name))
        elif seen == menus.labels(menu_wanted or {}):
            click.echo(_say("seen", audience=name))
        else:
            click.echo(_say("seen_other", audience=name))
            is_right = False
    return is_right


def _labels_seen(house: House, openid: str) -> list[str] | None:
    """What this person sees; None for somebody who follows no more, whose leaving has not reached us."""
    try:
        return menus.labels(menus.seen_by(house.gateway, openid))
    except ApiError as refusal:
        if refusal.errcode != _NO_SUCH_FOLLOWER:
            raise
        return None


def _wanted(house: House, ids: Mapping[str, int]) -> Menus:
    """The file's menus; a tag that the account lacks stands under its name."""
    return data.wanted(house.settings.public_url, {tag: ids.get(tag, tag) for tag in data.tags().values()})


def _names(ids: Mapping[str, int]) -> dict[str, str]:
    called = {tag: _say("tagged", tag=tag) for tag in (*ids, *data.tags().values())}
    return {"": _say("default"), **called, **{str(number): called[tag] for tag, number in ids.items()}}


def _show(lines: list[str]) -> None:
    click.echo(_say("legend"))
    for line in lines[3:]:  # the first three say where they come from, as the legend does
        click.echo(line)


def _say(code: str, **facts: object) -> str:
    return wording.sentence("menu_command", code, **facts)
