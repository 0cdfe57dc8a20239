"""One official account as WeChat keeps it: all its parts, joined."""

import threading
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from wxsvc.simulator import texts
from wxsvc.simulator.authorisation import Authorisation
from wxsvc.simulator.call import Endpoint
from wxsvc.simulator.chat import Chat, ChatLine
from wxsvc.simulator.clock import Clock
from wxsvc.simulator.codes import Codes
from wxsvc.simulator.credentials import Credentials
from wxsvc.simulator.diagnostics import Diagnostics
from wxsvc.simulator.faults import Faults
from wxsvc.simulator.media import Media
from wxsvc.simulator.menus import Menus
from wxsvc.simulator.notices import Notice, Notices
from wxsvc.simulator.people import People, Person
from wxsvc.simulator.pushes import Delivery, Pushes
from wxsvc.simulator.quotas import Quotas
from wxsvc.simulator.reply import Reply
from wxsvc.simulator.serial import Serial
from wxsvc.simulator.service_messages import ServiceMessages
from wxsvc.simulator.subscriptions import Subscription, Subscriptions
from wxsvc.simulator.tags import Tags
from wxsvc.simulator.tampering import Tampering
from wxsvc.simulator.tickets import Tickets
from wxsvc.simulator.tokens import Tokens
from wxsvc.simulator.wrapping import Wrapping
from wxsvc.simulator.xmltext import Value

SILENT = {
    "unsubscribe",
    "TEMPLATESENDJOBFINISH",
    "subscribe_msg_sent_event",
    "VIEW",
    "view_miniprogram",
    "scancode_push",
    "LOCATION",
    "user_info_modified",
    "user_authorization_revoke",
    "user_authorization_cancellation",
}
"""Events after which the chat shows neither a reply nor a failure."""


class Account:
    """One account. ``lock`` is held while a call changes it, never while a push is sent."""

    def __init__(self, credentials: Credentials, callback_url: str, clock: Clock, serial: Serial) -> None:
        self.credentials, self.clock, self.serial = credentials, clock, serial
        self.lock = threading.RLock()
        app_id, secret = credentials.app_id, credentials.app_secret
        self.faults = Faults()
        self.quotas = Quotas(clock, credentials.kind)
        self.tokens = Tokens(app_id, secret, clock, serial, self.quotas)
        self.people = People(app_id, clock)
        self.tags = Tags(self.people)
        self.menus = Menus(self.people, self.tags, serial)
        self.codes = Codes(clock, serial)
        self.media = Media(clock, serial)
        self.tickets = Tickets(clock, serial)
        self.notices = Notices(self.people, clock, serial, self._notice_finished)
        self.subscriptions = Subscriptions(self.people, self.notices, serial, self._subscription_sent)
        self.service_messages = ServiceMessages(self.people, clock, self._service_message)
        self.authorisation = Authorisation(app_id, secret, self.people, clock, serial)
        wrapping = Wrapping(credentials, serial)
        self.pushes = Pushes(callback_url, wrapping, Tampering(wrapping, app_id, credentials.aes_key), clock, serial)
        self.pushes.listener = self._delivered
        self.diagnostics = Diagnostics(self.pushes.verify_url)
        self._chats: dict[str, Chat] = {}
        kinds = tomllib.loads(files(__package__).joinpath("data/capabilities.toml").read_text("utf-8"))
        self.capabilities: set[str] = set(kinds[credentials.kind])
        self.authorisation.allowed = "web_authorisation" in self.capabilities

    def endpoints(self) -> list[Endpoint]:
        """Every call of the API that this simulator knows."""
        parts = (
            self.tokens, self.quotas, self.people, self.tags, self.menus, self.codes, self.media, self.tickets,
            self.notices, self.subscriptions, self.service_messages, self.authorisation, self.diagnostics,
        )  # fmt: skip
        return [endpoint for part in parts for endpoint in part.endpoints()]

    def chat(self, openid: str) -> Chat:
        """Return the chat of a person with this account."""
        with self.lock:
            return self._chats.setdefault(openid, Chat())

    def say(self, openid: str, side: str, kind: str, text: str = "", **more: Any) -> None:
        """Show a line in somebody's chat."""
        self.chat(openid).add(ChatLine(side, kind, text, at=self.clock.now(), **more))

    # Pushes

    def message(self, person: Person, msg_type: str, **fields: Value) -> Delivery | None:
        """Push a message of a person: text, image, location …; MsgId is added."""
        return self._push(person, {"MsgType": msg_type, **fields, "MsgId": self.serial.number(17)})

    def event(self, person: Person, event: str, **fields: Value) -> Delivery | None:
        """Push an event of a person."""
        return self._push(person, {"MsgType": "event", "Event": event, **fields})

    def _push(self, person: Person, fields: dict[str, Value]) -> Delivery | None:
        with self.lock:
            event = str(fields.get("Event", ""))
            self.service_messages.opened_by(person.openid, str(fields["MsgType"]), event)
            push = {**self._head(person.openid), **fields}
        return self.pushes.send(push)

    def _head(self, openid: str) -> dict[str, Value]:
        now = int(self.clock.now())
        return {"ToUserName": self.credentials.account_id, "FromUserName": openid, "CreateTime": now}

    def _delivered(self, delivery: Delivery) -> None:
        openid, event = str(delivery.fields["FromUserName"]), str(delivery.fields.get("Event", ""))
        if event in SILENT:
            return
        if delivery.problem:
            self.say(openid, "system", "system", texts.UNAVAILABLE)
        elif delivery.reply is not None:
            self.show(openid, delivery.reply)

    def show(self, openid: str, reply: Reply) -> None:
        """Show a reply of the account in a chat."""
        picture = f"/mmbiz/{reply.media_id}" if reply.kind == "image" else ""
        side = "system" if reply.kind == "system" else "account"
        self.say(openid, side, reply.kind, reply.text, picture=picture, articles=reply.articles)

    def _notice_finished(self, notice: Notice, status: str) -> None:
        if status == "success":
            self.say(notice.openid, "account", "notice", notice.text, title=notice.title, url=notice.url)
        result: dict[str, Value] = {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH"}
        self.pushes.send_later({**self._head(notice.openid), **result, "MsgID": notice.msg_id, "Status": status})

    def answer_subscriptions(self, person: Person, template_ids: Sequence[str], *, accept: bool) -> Delivery | None:
        """Agree to one message of each template, or refuse, in the window of a page; the account hears of it."""
        with self.lock:
            for template_id in template_ids:
                (self.subscriptions.accept if accept else self.subscriptions.refuse)(person.openid, template_id)
        status = "accept" if accept else "reject"
        rows: list[Value] = [
            {"TemplateId": each, "SubscribeStatusString": status, "PopupScene": 2} for each in template_ids
        ]
        return self.event(person, "subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": rows})

    def _subscription_sent(self, sent: Subscription) -> None:
        self.say(sent.openid, "account", "notice", sent.text, title=sent.template.title)
        row: dict[str, Value] = {"TemplateId": sent.template.template_id, "MsgID": sent.msg_id}
        event: dict[str, Value] = {
            "MsgType": "event",
            "Event": "subscribe_msg_sent_event",
            "SubscribeMsgSentEvent": {"List": {**row, "ErrorCode": 0, "ErrorStatus": "success"}},
        }
        self.pushes.send_later({**self._head(sent.openid), **event})

    def _service_message(self, openid: str, kind: str, content: dict[str, Any]) -> None:
        text = str(content.get("content") or content.get("title") or content.get("head_content") or "")
        if kind == "news":
            article = content["articles"][0]
            text = f"{article.get('title', '')}\n{article.get('url', '')}"
        picture = f"/mmbiz/{content['media_id']}" if kind == "image" else ""
        self.say(openid, "account", kind, text, picture=picture)
