"""Template messages: the account's templates, what their values may be, and the result event."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from wxsvc.simulator import texts
from wxsvc.simulator.call import OK, Answer, Call, Endpoint
from wxsvc.simulator.clock import Clock
from wxsvc.simulator.people import People, Person
from wxsvc.simulator.refusal import Refusal
from wxsvc.simulator.serial import Serial

MOST_TEMPLATES = 25
REMEMBERED = 600
"""Seconds for which a client_msg_id is remembered."""

FORMS: dict[str, str] = tomllib.loads(files(__package__).joinpath("data/forms.toml").read_text("utf-8"))
"""The form of a value by the prefix of its key."""

_PLACE = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")


@dataclass(frozen=True)
class Template:
    """One template of the account; its keys are read from ``{{thing1.DATA}}`` in the content."""

    template_id: str
    title: str
    content: str

    @property
    def keys(self) -> list[str]:
        """The keys that a message must fill."""
        return _PLACE.findall(self.content)


@dataclass(frozen=True)
class Notice:
    """One accepted message, as the phone shows it: rows are the template's lines with their values."""

    msg_id: int
    openid: str
    template_id: str
    title: str
    text: str
    url: str


class Notices:
    """Templates and accepted messages. Source: "Template message" page and the notice of 4 May 2023."""

    def __init__(self, people: People, clock: Clock, serial: Serial, finished: Callable[[Notice, str], None]) -> None:
        self._people, self._clock, self._serial = people, clock, serial
        self._finished = finished
        self._templates: dict[str, Template] = {}
        self._seen: dict[tuple[str, str], tuple[int, float]] = {}
        self.limited: set[str] = set()
        """Template ids that WeChat has limited: 43116."""
        self.system_failures = 0
        """So many of the next messages end as ``failed: system failed``."""

    def add(self, template_id: str, title: str, content: str) -> Template:
        """Give the account a template; at most 25."""
        if len(self._templates) >= MOST_TEMPLATES and template_id not in self._templates:
            raise Refusal(45009)
        template = self._templates[template_id] = Template(template_id, title, content)
        return template

    def template(self, template_id: str) -> Template:
        """Return a template of the account, or refuse with 40037."""
        if template_id not in self._templates:
            raise Refusal(40037)
        return self._templates[template_id]

    def templates(self) -> list[Template]:
        """Every template of the account."""
        return list(self._templates.values())

    def fill(self, template: Template, data: object) -> str:
        """Return the text that the phone shows; refuse with 47003 a value that is missing or of the wrong form."""
        values = self._values(template, data)
        return _PLACE.sub(lambda place: values[place[1]], template.content)

    def endpoints(self) -> list[Endpoint]:
        """Sending, listing, adding and deleting; all need the capability ``templates``."""
        return [
            Endpoint("/cgi-bin/message/template/send", self._send, capability="templates"),
            Endpoint("/cgi-bin/template/api_add_template", self._add, capability="templates"),
            Endpoint("/cgi-bin/template/del_private_template", self._delete, capability="templates"),
            Endpoint(
                "/cgi-bin/template/get_all_private_template", self._list, "GET", capability="templates", body="none"
            ),
        ]

    def _send(self, call: Call) -> Answer:
        person = self._people.find(call.body.get("touser"))
        template = self.template(call.text("template_id", 40037))
        if template.template_id in self.limited:
            raise Refusal(43116)
        if not person.follows:
            raise Refusal(43004)
        text = self.fill(template, call.body.get("data"))
        client_id = call.body.get("client_msg_id")
        if isinstance(client_id, str) and client_id:
            before, at = self._seen.get((person.openid, client_id), (0, 0.0))
            if before and self._clock.now() - at < REMEMBERED:
                return {**OK, "msgid": before}
        url = call.body.get("url") or ""
        notice = Notice(self._serial.number(18), person.openid, template.template_id, template.title, text, str(url))
        if isinstance(client_id, str) and client_id:
            self._seen[person.openid, client_id] = (notice.msg_id, self._clock.now())
        self._finished(notice, self._status(person))
        return {**OK, "msgid": notice.msg_id}

    def _status(self, person: Person) -> str:
        if person.refuses_notices:
            return "failed:user block"
        if self.system_failures > 0:
            self.system_failures -= 1
            return "failed: system failed"
        return "success"

    @staticmethod
    def _values(template: Template, data: object) -> dict[str, str]:
        if not isinstance(data, Mapping):
            raise Refusal(47001)
        values = {}
        for key in template.keys:
            row: Any = data.get(key)
            value = row.get("value") if isinstance(row, Mapping) else None
            if not isinstance(value, str | int | float) or value == "":
                raise Refusal(47003, f"argument invalid! data.{key}.value is empty")
            form = FORMS.get(re.sub(r"\d+$", "", key))
            if form is not None and not re.fullmatch(form, str(value)):
                raise Refusal(47003, f"argument invalid! data.{key}.value invalid")
            values[key] = str(value)
        return values

    def _add(self, call: Call) -> Answer:
        short = call.text("template_id_short", 40036)
        if not short.isdigit():
            raise Refusal(40247)
        names = call.texts("keyword_name_list", 40246, 5)
        content = "\n".join(f"{name}{texts.COLON}{{{{thing{n}.DATA}}}}" for n, name in enumerate(names, 1))
        return {**OK, "template_id": self.add(self._serial.text(43), short, content).template_id}

    def _delete(self, call: Call) -> Answer:
        if self._templates.pop(call.text("template_id", 40037), None) is None:
            raise Refusal(40037)
        return OK

    def _list(self, _call: Call) -> Answer:
        def row(template: Template) -> dict[str, str]:
            head = {"template_id": template.template_id, "title": template.title, "content": template.content}
            return {**head, "primary_industry": "", "deputy_industry": "", "example": ""}

        return {"template_list": [row(template) for template in self.templates()]}
