"""Subscription notices: one message for each time a person has agreed to a template."""

from collections.abc import Callable
from dataclasses import dataclass

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

    Without one left: 43101. The templates are those of the template messages, which is simpler than reality.
    """

    def __init__(
        self, people: People, notices: Notices, serial: Serial, finished: Callable[[Subscription], None]
    ) -> None:
        self._people, self._notices, self._serial, self._finished = people, notices, serial, finished
        self._consents: dict[tuple[str, str], int] = {}

    def accept(self, openid: str, template_id: str) -> None:
        """Note that a person agreed to one more message."""
        key = (openid, template_id)
        self._consents[key] = self._consents.get(key, 0) + 1

    def refuse(self, openid: str, template_id: str) -> None:
        """Note that a person wants no message of this template; earlier consents are gone."""
        self._consents.pop((openid, template_id), None)

    def endpoints(self) -> list[Endpoint]:
        """The one call; it needs the capability ``notices``."""
        return [Endpoint("/cgi-bin/message/subscribe/bizsend", self._send, capability="notices")]

    def _send(self, call: Call) -> Answer:
        person = self._people.find(call.body.get("touser"))
        template = self._notices.template(call.text("template_id", 40037))
        text = self._notices.fill(template, call.body.get("data"))
        left = self._consents.get((person.openid, template.template_id), 0)
        if left < 1:
            raise Refusal(43101)
        self._consents[person.openid, template.template_id] = left - 1
        self._finished(Subscription(self._serial.number(18), person.openid, template, text))
        return OK
