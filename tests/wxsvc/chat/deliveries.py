"""A province's hour as WeChat sees it: who pushes what when; and its delivery, clean or as bad as it gets."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from models.terms import Stage
from scoring.terms import Part
from tests import builders

START = builders.NOW
LASTS = 30 * 60
OPENS, CLOSES = START + timedelta(minutes=10), START + timedelta(minutes=20)
SCENES = ("open1", "open2", "open3", "open4", "joint", "opening", "closing", "void", "nothing")
SHORT_CODES = ("10001", "10002", "10003", "10004", "99999")
PAGES = ("https://x.example.cn/c/A-open1", "https://x.example.cn/c/A-joint?from=x", "https://else.example.com/", "?")


@dataclass(frozen=True, order=True)
class Pushed:
    """One push of WeChat: its time in seconds from the start, whose it is, the elements after CreateTime."""

    second: int
    openid: str
    inner: str

    def at(self, delay: float = 0.0) -> datetime:
        """The moment it was made, or arrives with this delay."""
        return START + timedelta(seconds=self.second + delay)

    @property
    def xml(self) -> bytes:
        """The whole message."""
        return (
            f"<xml><ToUserName>gh_1</ToUserName><FromUserName>{self.openid}</FromUserName>"
            f"<CreateTime>{int(self.at().timestamp())}</CreateTime>{self.inner}</xml>"
        ).encode()


def build(session: Session) -> list[str]:
    """Platforms, activities of every kind, enterprises with their people; returns the openids that are known."""
    own = builders.enterprise(session, name="运营单位", created_at=START - timedelta(days=9))
    host = builders.platform(session, code="H", operator_uscc=own.uscc)
    partner = builders.platform(session, code="P", name="株洲市窗口平台", region_code="430200")
    columns: dict[str, dict[str, Any]] = {
        "open1": {"short_code": "10001"},
        "open2": {"short_code": "10006"},
        "open3": {"short_code": "10007"},
        "open4": {"short_code": "10008"},
        "joint": {"short_code": "10002"},
        "opening": {"short_code": "10003", "opens_at": OPENS},
        "closing": {"short_code": "10004", "closes_at": CLOSES},
        "void": {"short_code": "10005", "stage": Stage.VOID, "return_reason": "天气原因"},
    }
    for scene, particular in columns.items():
        made = builders.activity(session, host, scene=scene, code=f"A-{scene}", **particular)
        if scene == "joint":
            builders.joined(session, made, partner, Part.UNDERTAKE)
    return [*_people(session, "E", 14, 4), *_special(session, own)]


def _people(session: Session, letter: str, enterprises: int, most: int) -> Iterator[str]:
    for number in range(enterprises):
        columns = {"uscc": None, "licence_number": f"43010000000{number:04}"} if number < 2 else {}
        enterprise = builders.enterprise(session, name=f"{letter}{number}有限公司", **columns)
        for colleague in range(1 + number % most):
            openid = f"o-{letter}{number}-{colleague}"
            who = builders.person(session, openid=openid, is_following=True, created_at=START - timedelta(days=3))
            builders.contact(session, who, enterprise).created_at = START - timedelta(days=3)
            yield openid
    session.flush()


def _special(session: Session, own: Enterprise) -> Iterator[str]:
    """Who does not count, and who has to choose."""
    long_ago = START - timedelta(days=3)
    body = builders.enterprise(session, name="某局", uscc=builders.uscc(start="11430100"))
    others = [builders.enterprise(session, name=f"乙{number}有限公司") for number in range(2)]
    stands_for: dict[str, list[Enterprise]] = {"o-none": [], "o-body": [body], "o-own": [own], "o-choose": others}
    for openid, of in stands_for.items():
        who = builders.person(session, openid=openid, is_no_enterprise=not of, created_at=long_ago)
        for each in of:
            is_current = len(of) == 1
            builders.contact(session, who, each, is_current=is_current).created_at = long_ago
        yield openid
    session.flush()


def pushes(chance: random.Random, known: list[str], many: int) -> list[Pushed]:
    """What everybody does, in order: followers scan, type, tap and leave, others follow; newcomers among them."""
    openids = known + [f"o-new{number}" for number in range(25)]
    follows = {openid: openid in known for openid in openids}
    wrong: dict[str, int] = {}
    made: list[Pushed] = []
    for second, openid, scene in sorted(_moments(chance, openids, many)):
        made.append(Pushed(second, openid, _act(chance, follows, openid, wrong, second, scene)))
    return made


def _moments(chance: random.Random, openids: list[str], many: int) -> Iterator[tuple[int, str, str]]:
    """Colleagues arrive together: neighbours of the list within a minute, several of them in one second."""
    for _ in range(many // 5):
        first, second = chance.randrange(len(openids)), chance.randrange(0, LASTS, 10)
        scene = chance.choice(SCENES)
        for _ in range(5):
            openid = openids[(first + chance.randrange(4)) % len(openids)]
            yield second + chance.randrange(0, 60, 5), openid, scene


def _act(
    chance: random.Random, follows: dict[str, bool], openid: str, wrong: dict[str, int], second: int, scene: str
) -> str:
    if not follows[openid]:
        follows[openid] = True
        return event("subscribe", f"qrscene_{scene}" if chance.random() < 0.7 else "")
    lot = chance.random()
    if lot < 0.5:
        return event("SCAN", scene)
    if lot < 0.68:
        code = chance.choice(SHORT_CODES)
        if code == "99999" and second - wrong.get(openid, -LASTS) < 60:
            code = "10001"  # the limit on guessing is by arrival: it never takes a place away that was given
        elif code == "99999":
            wrong[openid] = second
        return text(code)
    if lot < 0.78:
        return event("scancode_waitmsg", "scan", scanned(chance.choice(PAGES)))
    if lot < 0.83:
        return event("CLICK", "my_check_ins")
    if lot < 0.86:
        return text("您好")
    if lot < 0.87:
        return event("user_authorization_revoke", "", f"<OpenID>{openid}</OpenID><RevokeInfo>1</RevokeInfo>")
    if lot < 0.96:
        return event("user_info_modified", "", f"<OpenID>{openid}</OpenID>")
    follows[openid] = False
    return event("unsubscribe")


def badly(chance: random.Random, made: list[Pushed], most: float = 299.0) -> list[tuple[Pushed, datetime]]:
    """Each push one to three times, each time late by seconds or minutes, in the order of arrival."""
    arrivals = []
    for push in made:
        worst = chance.choice((0.0, 3.0, 30.0, most))
        for _ in range(chance.choice((1, 1, 2, 3))):
            arrivals.append((push, push.at(chance.uniform(0, worst))))
    chance.shuffle(arrivals)
    return sorted(arrivals, key=lambda arrival: arrival[1])


def cleanly(made: list[Pushed]) -> list[tuple[Pushed, datetime]]:
    """Each push once, at once, in order."""
    return [(push, push.at()) for push in made]


def event(name: str, key: str = "", rest: str = "") -> str:
    """The elements of an event."""
    return f"<MsgType>event</MsgType><Event>{name}</Event><EventKey><![CDATA[{key}]]></EventKey>{rest}"


def text(content: str) -> str:
    """The elements of a text message."""
    return f"<MsgType>text</MsgType><Content><![CDATA[{content}]]></Content><MsgId>1</MsgId>"


def scanned(what: str) -> str:
    """What the menu's scanner read."""
    result = f"<ScanResult><![CDATA[{what}]]></ScanResult>"
    return f"<ScanCodeInfo><ScanType>qrcode</ScanType>{result}</ScanCodeInfo>"
