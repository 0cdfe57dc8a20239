"""A hall for one push and one later deed: who scanned what, and everything that may happen before WeChat repeats it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn
from models.person import Person, StaffRole
from models.terms import Role, Stage
from tests import builders
from tests.wxsvc.chat import deliveries
from wxsvc.chat import events
from wxsvc.chat.push import Push
from wxsvc.house import House
from wxsvc.services.actor import Actor
from wxsvc.services.door import corrections, enrolment
from wxsvc.services.door.enrolment import EnrolmentForm
from wxsvc.services.people import enterprise_merges, own_information, rejoinings, staff
from wxsvc.services.refusal import Refused

START: Final = builders.NOW
BEFORE, PUSHED, ARRIVED, DEED, ANEW, AGAIN = (START + timedelta(seconds=at) for at in (0, 10, 11, 60, 90, 120))
"""Of an earlier scan, of the push and of its arrival; of the later deed and of a new scan after it; of its repeat."""
LONG_AGO: Final = START - timedelta(days=9)
NEVER: Final = START + timedelta(days=1)


class Case:
    """One activity, and one enterprise with two contacts, ``one`` and ``two``; ``one`` may stand for another as well.

    Everybody's openid and the activity's code begin with the case's own name, and no other case has a row of it.
    """

    def __init__(self, house: House, session: Session, name: str, number: int) -> None:
        self.house, self.name = house, name
        self.scene, self.short_code, self.code = f"s-{name}", f"{number:05}", f"A-{name.replace('_', '-')}"
        self.official = builders.staff(session, role=Role.PROVINCE)
        self.own = builders.enterprise(session, created_at=LONG_AGO)
        self.platform = builders.platform(session, operator_uscc=self.own.uscc)
        self.staff = builders.staff(session, self.platform)
        session.get_one(Person, self.staff.person_id).openid = self.openid("staff")
        names = {"scene": self.scene, "short_code": self.short_code, "code": self.code}
        self.activity = builders.activity(session, self.platform, **names)
        self.enterprise, self.other = (builders.enterprise(session, created_at=LONG_AGO) for _ in range(2))
        for who in ("one", "two"):
            person = self.person(session, who)
            builders.contact(session, person, self.enterprise).created_at = LONG_AGO
        builders.contact(session, self.who(session, "one"), self.other, is_current=False).created_at = LONG_AGO

    def openid(self, who: str) -> str:
        return f"{self.name}-{who}"

    def person(self, session: Session, who: str, **columns: Any) -> Person:
        return builders.person(session, openid=self.openid(who), created_at=LONG_AGO, is_following=True, **columns)

    def who(self, session: Session, who: str) -> Person:
        return session.scalars(sa.select(Person).where(Person.openid == self.openid(who))).one()

    def deliver(self, inner: str, who: str, made: datetime, arrives: datetime) -> str | None:
        """What the push is answered with."""
        xml = (
            f"<xml><ToUserName>gh_1</ToUserName><FromUserName>{self.openid(who)}</FromUserName>"
            f"<CreateTime>{int(made.timestamp())}</CreateTime>{inner}</xml>"
        )
        return events.answer(self.house, Push.parse(xml.encode()), arrives)

    def scan(self, who: str, made: datetime) -> None:
        """Deliver a scan of the activity's code at once."""
        self.deliver(deliveries.event("SCAN", self.scene), who, made, made)

    def set(self, **values: Any) -> None:
        """Change the activity, as its staff or a reviewer would."""
        with self.house.database.transaction() as session:
            row = session.get_one(Activity, self.activity.id)
            for column, value in values.items():
                setattr(row, column, value)

    def live(self, session: Session) -> CheckIn | None:
        """The activity's first check-in that stands."""
        found = sa.select(CheckIn).where(CheckIn.activity_id == self.activity.id, CheckIn.is_live)
        return session.scalars(found.order_by(CheckIn.id).limit(1)).first()


@dataclass(frozen=True)
class Pushed:
    """A push of ``who``: its elements after CreateTime, what was before it, and after which deeds it is repeated."""

    inner: Callable[[Case], str]
    who: str = "one"
    before: Callable[[Case], None] = lambda case: None
    deeds: Collection[str] = ()
    """None named: after every one."""


def _scan(case: Case) -> str:
    return deliveries.event("SCAN", case.scene)


def _with(before: Callable[[Case, Session], Any]) -> Callable[[Case], None]:
    def prepared(case: Case) -> None:
        with case.house.database.transaction() as session:
            before(case, session)

    return prepared


def _choosing(case: Case, session: Session) -> None:
    for other in (case.enterprise, case.other):
        if other is case.enterprise:
            person = case.person(session, "choosing")
        builders.contact(session, person, other, is_current=False).created_at = LONG_AGO


def _of(enterprise: Callable[[], dict[str, Any]]) -> Callable[[Case], None]:
    def before(case: Case, session: Session) -> None:
        of = builders.enterprise(session, created_at=LONG_AGO, **enterprise())
        builders.contact(session, case.person(session, "of"), of).created_at = LONG_AGO

    return _with(before)


def _own_people(case: Case, session: Session) -> None:
    builders.contact(session, case.person(session, "of"), case.own).created_at = LONG_AGO


def _colleague_first(case: Case) -> None:
    case.scan("two", BEFORE)


def _a_later_colleague_first(case: Case) -> None:
    case.scan("two", PUSHED + timedelta(seconds=1))


def _colleague_twice(case: Case) -> None:
    case.scan("two", BEFORE)
    case.scan("one", BEFORE + timedelta(seconds=1))


def _none_known(case: Case) -> None:
    with case.house.database.transaction() as session:
        case.person(session, "none", is_no_enterprise=True)


def _none_twice(case: Case) -> None:
    _none_known(case)
    case.scan("none", BEFORE)


def _second(case: Case) -> None:
    case.scan("one", BEFORE)
    with case.house.database.transaction() as session:
        enrolment.choose_enterprise(session, case.who(session, "one").id, case.other.id, BEFORE)


def _voided(case: Case) -> None:
    case.scan("two", BEFORE)
    with case.house.database.transaction() as session:
        corrections.void(session, case.live(session).id, "未到场", case.staff, BEFORE)  # type: ignore[union-attr]


def _picture(case: Case) -> str:
    return "<MsgType>image</MsgType><PicUrl>http://x/1</PicUrl><MediaId>m1</MediaId><MsgId>7</MsgId>"


def _asked(case: Case) -> None:
    with case.house.database.transaction() as session:
        builders.activity(session, case.platform)
    case.deliver(_picture(case), "staff", BEFORE, BEFORE)


def _popup(case: Case) -> str:
    row = "<List><TemplateId>t1</TemplateId><SubscribeStatusString>accept</SubscribeStatusString></List>"
    popup = f"<SubscribeMsgPopupEvent>{row}</SubscribeMsgPopupEvent>"
    return deliveries.event("subscribe_msg_popup_event", "", popup)


def _read(what: Callable[[Case], str]) -> Callable[[Case], str]:
    return lambda case: deliveries.event("scancode_waitmsg", "scan", deliveries.scanned(what(case)))


OF_A_SCAN: Final = ("undo", "undo_and_scan_anew", "stand_for_another", "delete", "cancel", "move_later", "hand_in")
"""For what is read as every scan is."""
OF_WHO_STANDS_FOR_WHOM: Final = (
    *OF_A_SCAN,
    "undo_and_a_colleague_scans",
    "change_enterprise",
    "enrol",
    "rejoin",
    "open",
)
OF_WHO_DOES_NOT_COUNT: Final = (
    "enrol",
    "enrol_for_none",
    "withdraw_consent",
    "delete",
    "rejoin",
    "cancel",
    "move_later",
)
OF_THE_SENDER: Final = ("withdraw_consent", "delete", "rejoin", "leave", "leave_and_follow", "revoke", "end_roles")

PUSHES: Final[dict[str, Pushed]] = {
    "scan": Pushed(_scan),
    "second_scan": Pushed(_scan, before=lambda case: case.scan("one", BEFORE)),
    "scan_of_a_colleague": Pushed(_scan, before=_colleague_first),
    "second_scan_of_a_colleague": Pushed(_scan, before=_colleague_twice, deeds=OF_WHO_STANDS_FOR_WHOM),
    "scan_before_a_colleague": Pushed(_scan, before=_a_later_colleague_first, deeds=OF_WHO_STANDS_FOR_WHOM),
    "following_scan": Pushed(lambda case: deliveries.event("subscribe", f"qrscene_{case.scene}"), deeds=OF_A_SCAN),
    "following": Pushed(lambda case: deliveries.event("subscribe"), deeds=OF_THE_SENDER),
    "short_code": Pushed(lambda case: deliveries.text(case.short_code)),
    "short_code_of_a_colleague": Pushed(
        lambda case: deliveries.text(case.short_code), before=_colleague_first, deeds=OF_A_SCAN
    ),
    "scanner": Pushed(_read(lambda case: f"https://x.cn/c/{case.code}"), deeds=OF_A_SCAN),
    "scanner_of_digits": Pushed(_read(lambda case: case.short_code), deeds=OF_A_SCAN),
    "scanner_of_an_old_screen": Pushed(_read(lambda case: f"https://x.cn/c/{case.code}?t=old"), deeds=OF_A_SCAN),
    "unknown_code": Pushed(lambda case: deliveries.text("99999"), deeds=OF_THE_SENDER),
    "stranger": Pushed(_scan, "stranger"),
    "no_enterprise": Pushed(_scan, "none", _none_known, OF_WHO_DOES_NOT_COUNT),
    "second_scan_for_none": Pushed(_scan, "none", _none_twice, OF_WHO_DOES_NOT_COUNT),
    "choosing": Pushed(_scan, "choosing", _with(_choosing), OF_WHO_STANDS_FOR_WHOM),
    "public_body": Pushed(_scan, "of", _of(lambda: {"uscc": builders.uscc(start="11430100")}), OF_WHO_DOES_NOT_COUNT),
    "old_licence": Pushed(
        _scan, "of", _of(lambda: {"uscc": None, "licence_number": f"430100{builders.number():09}"}), OF_A_SCAN
    ),
    "own_people": Pushed(_scan, "of", _with(_own_people), OF_WHO_DOES_NOT_COUNT),
    "second_enterprise": Pushed(_scan, before=_second),
    "voided": Pushed(_scan, before=_voided, deeds=("void", "undo_and_stand_for_another", *OF_A_SCAN)),
    "too_early": Pushed(_scan, before=lambda case: case.set(opens_at=ANEW), deeds=("open", *OF_A_SCAN)),
    "too_late": Pushed(_scan, before=lambda case: case.set(closes_at=BEFORE), deeds=("open", *OF_A_SCAN)),
    "picture": Pushed(_picture, "staff", deeds=OF_THE_SENDER),
    "digit": Pushed(lambda case: deliveries.text("1"), "staff", _asked, OF_THE_SENDER),
    "subscription": Pushed(_popup, deeds=OF_THE_SENDER),
    "tap": Pushed(lambda case: deliveries.event("CLICK", "my_check_ins"), deeds=OF_THE_SENDER),
    "leaving": Pushed(lambda case: deliveries.event("unsubscribe"), deeds=OF_THE_SENDER),
    "revoking": Pushed(
        lambda case: deliveries.event("user_authorization_revoke", "", f"<OpenID>{case.openid('one')}</OpenID>"),
        deeds=OF_THE_SENDER,
    ),
}

Deed = Callable[[Case, str], None]
"""What is done later to the activity, to somebody, or by the sender of the push."""


def _by(deed: Callable[[Case, Session, Person], Any]) -> Deed:
    """A deed of the sender, in one transaction; a refusal leaves everything as it was."""

    def done(case: Case, who: str) -> None:
        try:
            with case.house.database.transaction() as session:
                found = session.scalar(sa.select(Person).where(Person.openid == case.openid(who)))
                if found is not None:
                    deed(case, session, found)
        except Refused:
            pass

    return done


def _undo(case: Case, session: Session, person: Person) -> None:
    """By whoever holds the check-in, which may be a colleague of the sender."""
    row = case.live(session)
    if row is not None and row.person_id is not None:
        corrections.undo(session, row.id, row.person_id, DEED)


def _undo_and_scan_anew(case: Case, who: str) -> None:
    _by(_undo)(case, who)
    case.scan(who, ANEW)


def _undo_and_a_colleague_scans(case: Case, who: str) -> None:
    _by(_undo)(case, who)
    case.scan("two", ANEW)


def _change(case: Case, session: Session, person: Person) -> None:
    row = case.live(session)
    if row is not None and row.person_id is not None:
        corrections.change_enterprise(session, row.id, row.person_id, case.other.id, DEED)


def _change_and_undo(case: Case, who: str) -> None:
    _by(_change)(case, who)
    _by(_undo)(case, who)


def _undo_and_choose(case: Case, session: Session, person: Person) -> None:
    _undo(case, session, person)
    enrolment.choose_enterprise(session, person.id, case.other.id, DEED)


def _void(case: Case, session: Session, person: Person) -> None:
    if (row := case.live(session)) is not None:
        corrections.void(session, row.id, "未到场", case.staff, DEED)


def _void_and_revive(case: Case, session: Session, person: Person) -> None:
    row = case.live(session)
    _void(case, session, person)
    if row is not None:
        corrections.revive(session, row.id, "到场", case.staff, DEED)


def _stage(stage: Stage, **values: Any) -> Deed:
    return lambda case, who: case.set(stage=stage, **values)


def _merge(case: Case, session: Session, person: Person) -> None:
    enterprise_merges.merge(session, case.other.id, case.enterprise.id, "同一企业", Actor(None, Role.REVIEWER), DEED)


def _revoke_roles(case: Case, session: Session, person: Person) -> None:
    for role in session.scalars(sa.select(StaffRole).where(StaffRole.person_id == case.staff.person_id)):
        staff.end_role(session, role.id, case.official, DEED)


def _rejoin(case: Case, session: Session, person: Person) -> None:
    builders._added(session, StaffRole(person_id=person.id, role=Role.REVIEWER, granted_at=LONG_AGO))
    token = rejoinings.offer(session, person.id, case.official, DEED)
    link = rejoinings.link_of(session, token)
    rejoinings.take_up(session, link.id, case.openid("new"), DEED, as_of=DEED, vault=case.house.vault)


def _enrol(enterprise: Callable[[Case], int | None]) -> Deed:
    def deed(case: Case, session: Session, person: Person) -> None:
        chosen = enterprise(case)
        form = EnrolmentForm(consent_version="1", enterprise_id=chosen, is_no_enterprise=chosen is None)
        enrolment.enrol(session, str(person.openid), form, DEED, vault=case.house.vault)

    return _by(deed)


def _leaves(event: str) -> Deed:
    def left(case: Case, who: str) -> None:
        case.deliver(deliveries.event(event), who, DEED, DEED)

    return left


def _leaves_and_follows(case: Case, who: str) -> None:
    _leaves("unsubscribe")(case, who)
    case.deliver(deliveries.event("subscribe"), who, ANEW, ANEW)


DEEDS: Final[dict[str, Deed]] = {
    "nothing": lambda case, who: None,
    "undo": _by(_undo),
    "undo_and_scan_anew": _undo_and_scan_anew,
    "undo_and_a_colleague_scans": _undo_and_a_colleague_scans,
    "change_enterprise": _by(_change),
    "change_enterprise_and_undo": _change_and_undo,
    "undo_and_stand_for_another": _by(_undo_and_choose),
    "stand_for_another": _by(lambda case, s, who: enrolment.choose_enterprise(s, who.id, case.other.id, DEED)),
    "leave_the_enterprise": _by(lambda case, s, who: enrolment.leave_enterprise(s, who.id, case.enterprise.id, DEED)),
    "enrol": _enrol(lambda case: case.enterprise.id),
    "enrol_for_none": _enrol(lambda case: None),
    "add_an_enterprise": _by(
        lambda case, s, who: enrolment.add_enterprise(s, who.id, case.other.id, DEED, at=case.code)
    ),
    "withdraw_consent": _by(lambda case, s, who: own_information.withdraw_consent(s, who.id, Actor(who.id), DEED)),
    "delete": _by(lambda case, s, who: own_information.erase(s, who.id, Actor(who.id), DEED, vault=case.house.vault)),
    "rejoin": _by(_rejoin),
    "leave": _leaves("unsubscribe"),
    "leave_and_follow": _leaves_and_follows,
    "revoke": _leaves("user_authorization_revoke"),
    "end_roles": _by(_revoke_roles),
    "void": _by(_void),
    "void_and_revive": _by(_void_and_revive),
    "merge": _by(_merge),
    "cancel": _stage(Stage.VOID, return_reason="天气原因"),
    "move_later": lambda case, who: case.set(opens_at=NEVER, closes_at=NEVER + timedelta(hours=8)),
    "move_earlier": lambda case, who: case.set(opens_at=LONG_AGO, closes_at=LONG_AGO + timedelta(hours=8)),
    "open": lambda case, who: case.set(opens_at=LONG_AGO, closes_at=NEVER),
    "hand_in": _stage(Stage.SUBMITTED, submitted_at=DEED),
    "return": _stage(Stage.RETURNED, submitted_at=DEED, reviewed_at=DEED, return_reason="照片不清晰"),
    "approve": _stage(Stage.APPROVED, submitted_at=DEED, reviewed_at=DEED),
    "seal": _by(lambda case, s, who: builders.seal(s, case.platform)),
}
