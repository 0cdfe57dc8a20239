"""The people behind openids: who follows, with which tags and remark, and what the account may know of them."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from wxsvc.simulator.call import OK, Answer, Call, Endpoint
from wxsvc.simulator.clock import Clock
from wxsvc.simulator.refusal import Refusal


@dataclass
class Person:
    """One WeChat user as this account sees them."""

    openid: str
    name: str
    follows: bool = False
    followed_at: int = 0
    follow_scene: str = "ADD_SCENE_OTHERS"
    qr_scene: int = 0
    qr_scene_str: str = ""
    tags: list[int] = field(default_factory=list)
    """Tag ids in the order in which they were added: the last one decides the conditional menu."""
    remark: str = ""
    platform: int = 2
    """1 iOS, 2 Android, 3 other; conditional menus may ask for it."""
    refuses_notices: bool = False

    def describe(self) -> dict[str, Any]:
        """The answer of ``user/info``: since 27 December 2021 without nickname, avatar, sex or region."""
        if not self.follows:
            return {"subscribe": 0, "openid": self.openid}
        return {
            "subscribe": 1,
            "openid": self.openid,
            "language": "zh_CN",
            "subscribe_time": self.followed_at,
            "remark": self.remark,
            "groupid": self.tags[0] if self.tags else 0,
            "tagid_list": list(self.tags),
            "subscribe_scene": self.follow_scene,
            "qr_scene": self.qr_scene,
            "qr_scene_str": self.qr_scene_str,
        }


class People:
    """All persons the simulator knows, followers or not. Source: "User management" pages."""

    def __init__(self, app_id: str, clock: Clock) -> None:
        self._app_id, self._clock = app_id, clock
        self._by_openid: dict[str, Person] = {}
        self.foreign: set[str] = set()
        """Openids of other accounts: tagging them gives 49003."""

    def __iter__(self) -> Iterator[Person]:
        return iter(list(self._by_openid.values()))

    def openid_of(self, name: str) -> str:
        """Return the openid that a name has under this AppID: 28 characters that begin with ``o``."""
        digest = hashlib.sha256(f"{self._app_id}:{name}".encode()).digest()
        return "o" + base64.urlsafe_b64encode(digest).decode()[:27]

    def add(self, openid: str, name: str = "") -> Person:
        """Return the person, known from now on."""
        person = self._by_openid.get(openid)
        if person is None:
            person = self._by_openid[openid] = Person(openid, name or openid)
        elif name:
            person.name = name
        return person

    def find(self, openid: object) -> Person:
        """Return the person; refuse with 40003 an openid that is not of this account."""
        if not isinstance(openid, str) or openid not in self._by_openid:
            raise Refusal(40003)
        return self._by_openid[openid]

    def follower(self, openid: object) -> Person | None:
        """Return the person who follows under this openid, if there is one."""
        person = self._by_openid.get(openid) if isinstance(openid, str) else None
        return person if person is not None and person.follows else None

    def follow(self, person: Person, scene: str, qr_scene: int = 0, qr_scene_str: str = "") -> None:
        """Note that the person follows from now on, and through which door."""
        person.follows, person.followed_at, person.follow_scene = True, int(self._clock.now()), scene
        person.qr_scene, person.qr_scene_str = qr_scene, qr_scene_str

    def unfollow(self, person: Person) -> None:
        """Note that the person left; tags and remark go with the following."""
        person.follows = False
        person.tags.clear()
        person.remark = ""

    def endpoints(self) -> list[Endpoint]:
        """Information about followers; all need the capability ``users``."""
        return [
            Endpoint("/cgi-bin/user/info", self._info, "GET", capability="users", body="none"),
            Endpoint("/cgi-bin/user/info/batchget", self._batch, capability="users"),
            Endpoint("/cgi-bin/user/get", self._list, "GET", capability="users", body="none"),
            Endpoint("/cgi-bin/user/info/updateremark", self._remark, capability="users"),
        ]

    def _info(self, call: Call) -> Answer:
        if not call.args.get("openid"):
            raise Refusal(41009)
        return self.find(call.args["openid"]).describe()

    def _batch(self, call: Call) -> Answer:
        rows = call.body.get("user_list")
        if not isinstance(rows, list) or not 0 < len(rows) <= 100:
            raise Refusal(40032)
        return {"user_info_list": [self.find(isinstance(row, dict) and row.get("openid")).describe() for row in rows]}

    def _list(self, call: Call) -> Answer:
        openids = [person.openid for person in self if person.follows]
        after = call.args.get("next_openid") or ""
        if after and after not in openids:
            raise Refusal(40003)
        page = openids[openids.index(after) + 1 if after else 0 :][:10000]
        answer: dict[str, Any] = {"total": len(openids), "count": len(page)}
        if page:
            answer["data"] = {"openid": page}
        return {**answer, "next_openid": page[-1] if page else ""}

    def _remark(self, call: Call) -> Answer:
        person, remark = self.find(call.body.get("openid")), call.body.get("remark")
        if not isinstance(remark, str) or len(remark.encode()) >= 30:
            raise Refusal(40092)
        person.remark = remark
        return OK
