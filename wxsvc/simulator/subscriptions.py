"""Subscription notices: one message for each time a person has agreed to a template."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wxsvc.simulator.call import OK, Answer, Call, Endpoint
from wxsvc.simulator.notices import Notices, Template
from wxsvc.simulator.people import People
from wxsvc.simulator.refusal import Refusal
from wxsvc.simulator.serial import Serial


@dataclass(frozen=True)
class Subscription:
    """One accepted message."""

    msg_id: int
    openid: str
    template: Template
    text: str


class Subscriptions:
    """Consents by person and template. Source: "Subscription notice" page.

    Without one left: 43101. The templates are those of the template messages, which is simpler than reality; those in
    ``long`` are long-term ones, agreed to once for any number of messages.
    """

    def __init__(
        self, people: People, notices: Notices, serial: Serial, finished: Callable[[Subscription], None]
    ) -> None:
        self._people, self._notices, self._serial, self._finished = people, notices, serial, finished
        self._consents: dict[tuple[str, str], int] = {}
        self.long: set[str] = set()

    def accept(self, openid: str, template_id: str) -> None:
        """Note that a person agreed to one more message."""
        key = (openid, template_id)
        self._consents[key] = self._consents.get(key, 0) + 1

    def refuse(self, openid: str, template_id: str) -> None:
        """Note that a person wants no message of this template; earlier consents are gone."""
        self._consents.pop((openid, template_id), None)

    def endpoints(self) -> list[Endpoint]:
        """Sending and listing; both need the capability ``notices``."""
        return [
            Endpoint("/cgi-bin/message/subscribe/bizsend", self._send, capability="notices"),
            Endpoint("/wxaapi/newtmpl/gettemplate", self._list, "GET", capability="notices", body="none"),
        ]

    def _list(self, _call: Call) -> Answer:
        def row(template: Template) -> dict[str, Any]:
            shown = {"title": template.title, "content": template.content}
            return {"priTmplId": template.template_id, **shown, "type": 3 if template.template_id in self.long else 2}

        return {**OK, "data": [row(each) for each in self._notices.templates()]}

    def _send(self, call: Call) -> Answer:
        person = self._people.find(call.body.get("touser"))
        template = self._notices.template(call.text("template_id", 40037))
        text = self._notices.fill(template, call.body.get("data"))
        left = self._consents.get((person.openid, template.template_id), 0)
        if left < 1:
            raise Refusal(43101)
        if template.template_id not in self.long:
            self._consents[person.openid, template.template_id] = left - 1
        self._finished(Subscription(self._serial.number(18), person.openid, template, text))
        return OK
