"""Reading a bundle (导入文件): all that can be judged without the database is judged, never only the first problem."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Final, Protocol, TypeVar

from models.terms import Role, Stage
from scoring import uscc as codes
from scoring.terms import ActivityCategory, Form, Part, PlatformKind
from wxsvc.services.imports.bundle import (
    STAGES,
    ActivityRow,
    Bundle,
    CheckInRow,
    ContactRow,
    EnterpriseRow,
    PartnerRow,
    PlatformRow,
    StaffRow,
)
from wxsvc.services.imports.bundle_fields import CODE, OPENID, SCENE, SHORT_CODE, Doubled, Fields, Problem, is_openid

_SECTIONS: Final[dict[str, tuple[str, ...]]] = {
    "platforms": ("code", "name", "kind", "region", "phone", "website", "operator_uscc", "accepted_on"),
    "staff": ("openid", "name", "role", "platform"),
    "enterprises": ("uscc", "licence", "name", "region", "contacts"),
    "activities": (
        *("code", "platform", "title", "category", "part", "starts_at", "ends_at", "opens_at", "closes_at", "place"),
        *("meeting_link", "form", "organisers", "content", "summary", "stage", "scene", "short_code", "partners"),
    ),
    "check_ins": ("activity", "enterprise", "at", "openid"),
}
SECTIONS: Final = {name: frozenset(keys) for name, keys in _SECTIONS.items()}
"""The closed schema: every section with its keys."""
_OWN_KEYS: Final = {"platforms": ("code",), "enterprises": ("uscc", "licence"), "activities": ("code",)}
_CONTACT: Final = frozenset({"openid", "current"})
_PARTNER: Final = frozenset({"platform", "part", "confirmed"})


class _Row(Protocol):
    @property
    def index(self) -> int: ...


Row = TypeVar("Row", bound=_Row)


def read(raw: bytes) -> Bundle:
    """The bundle of a JSON file's bytes."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Bundle(problems=[Problem("not_utf8", facts={"line": raw.count(b"\n", 0, error.start) + 1})])
    try:
        return parse(json.loads(text, object_pairs_hook=_object, parse_constant=_no_number))
    except json.JSONDecodeError as error:
        return Bundle(problems=[Problem("not_json", facts={"line": error.lineno, "column": error.colno})])
    except (ValueError, RecursionError):
        return Bundle(problems=[Problem("odd_json")])


def parse(content: object) -> Bundle:
    """The bundle of a file's content, however it came."""
    bundle = Bundle()
    if not isinstance(content, dict):
        bundle.problems.append(Problem("not_a_bundle"))
        return bundle
    if isinstance(content, Doubled):
        bundle.problems += [Problem("section_twice", name) for name in content.twice]
    bundle.problems += [
        Problem("unknown_section", str(name), facts={"known": list(SECTIONS)}) for name in content.keys() - SECTIONS
    ]
    for section in SECTIONS.keys() & content.keys():
        if not isinstance(content[section], list):
            bundle.problems.append(Problem("section_not_a_list", section))
        else:
            bundle.named[section] = {key for row in content[section] for key in _own_keys(section, row)}
    sections = {name: content[name] for name in SECTIONS if isinstance(content.get(name), list)}
    bundle.platforms = _rows(bundle, "platforms", sections, _platform, lambda row: row.code)
    bundle.staff = _rows(bundle, "staff", sections, _staff, lambda row: (row.openid, row.role, row.platform))
    bundle.enterprises = _rows(bundle, "enterprises", sections, _enterprise, lambda row: row.key)
    bundle.activities = _rows(bundle, "activities", sections, _activity, lambda row: row.code)
    bundle.check_ins = _rows(bundle, "check_ins", sections, _check_in, lambda row: (row.activity, row.enterprise))
    _must_be_one(bundle, "staff", "name", bundle.staff, lambda row: row.openid if row.name else None, lambda r: r.name)
    _must_be_one(bundle, "enterprises", "licence", bundle.enterprises, lambda row: row.licence, lambda row: row.key)
    _must_be_one(bundle, "activities", "scene", bundle.activities, lambda row: row.scene, lambda row: row.code)
    _must_be_one(bundle, "activities", "short_code", bundle.activities, _live_short_code, lambda row: row.code)
    _must_choose_once(bundle)
    return bundle


def _must_choose_once(bundle: Bundle) -> None:
    """A person stands for one enterprise at a time."""
    first: dict[str, EnterpriseRow] = {}
    for row in bundle.enterprises:
        for contact in row.contacts:
            if contact.is_current and first.setdefault(contact.openid, row) is not row:
                facts = {"value": contact.openid, "other": first[contact.openid].index}
                bundle.problems.append(Problem("current_again", "enterprises", row.index, "contacts", row.key, facts))


def _own_keys(section: str, row: object) -> Iterable[str]:
    if not isinstance(row, dict):
        return
    for name in _OWN_KEYS.get(section, ()):
        if isinstance(text := row.get(name), str):
            yield from (text.strip(), codes.normalise(text))


def _rows(
    bundle: Bundle,
    section: str,
    sections: dict[str, list[object]],
    build: Callable[[Fields], Row],
    key_of: Callable[[Row], Hashable],
) -> list[Row]:
    """The section's good rows, each key once; the same key with another content is a problem of the later row."""
    found: dict[Hashable, Row] = {}
    known = SECTIONS[section]
    for index, content in enumerate(sections.get(section, ())):
        fields = Fields(content, known, bundle.problems, section, index)
        row = build(fields)
        if not fields.is_good:
            continue
        first = found.setdefault(key_of(row), row)
        if first is not row and first != row:
            fields.wrong(None, "key_again", other=first.index)
    return list(found.values())


def _must_be_one(
    bundle: Bundle,
    section: str,
    name: str,
    rows: Iterable[Row],
    key_of: Callable[[Row], str | None],
    value_of: Callable[[Row], object],
) -> None:
    """What must not be shared (a scene, a licence) or must not differ (a person's name) between rows."""
    first: dict[str, Row] = {}
    for row in rows:
        if (key := key_of(row)) is not None and value_of(first.setdefault(key, row)) != value_of(row):
            facts = {"value": key, "other": first[key].index}
            bundle.problems.append(Problem(f"{name}_again", section, row.index, name, key, facts))


def _live_short_code(row: ActivityRow) -> str | None:
    return row.short_code if row.stage is Stage.PUBLISHED else None


def _platform(fields: Fields) -> PlatformRow:
    code = fields.pattern("code", CODE, "wrong_code")
    if len(code) > 32:
        fields.wrong("code", "too_long", length=len(code), most=32)
    return PlatformRow(
        index=fields.index,
        code=code,
        name=fields.text("name"),
        kind=fields.term("kind", PlatformKind),
        region=fields.region("region", is_required=True) or "",
        phone=fields.text("phone", 64, is_required=False) or None,
        website=fields.link("website"),
        operator_uscc=fields.uscc("operator_uscc"),
        accepted_on=fields.day("accepted_on"),
    )


def _staff(fields: Fields) -> StaffRow:
    role = fields.term("role", Role)
    platform = fields.pattern("platform", CODE, "wrong_code", is_required=False) or None
    if fields.is_good and role is Role.PLATFORM and platform is None:
        fields.wrong("platform", "platform_missing")
    if fields.is_good and role is not Role.PLATFORM and platform is not None:
        fields.wrong("platform", "platform_not_wanted")
    name = fields.text("name", 64, is_required=False) or None
    return StaffRow(fields.index, fields.pattern("openid", OPENID, "wrong_openid"), name, role, platform)


def _enterprise(fields: Fields) -> EnterpriseRow:
    uscc, licence = fields.uscc("uscc"), fields.licence("licence")
    if not fields.has("uscc") and not fields.has("licence"):
        fields.wrong("uscc", "no_code")
    return EnterpriseRow(
        index=fields.index,
        uscc=uscc,
        licence=licence,
        name=fields.name("name"),
        region=fields.region("region", is_required=False),
        contacts=_contacts(fields),
    )


def _contacts(fields: Fields) -> tuple[ContactRow, ...]:
    """Openids, or objects ``{"openid": …, "current": true}``; the same openid twice is one contact."""
    found: dict[str, bool] = {}
    for number, content in enumerate(fields.list("contacts")):
        if is_openid(content):
            found.setdefault(content, False)
        elif isinstance(content, dict):
            inner = fields.within(f"contacts[{number}]", content, _CONTACT)
            openid, is_current = inner.pattern("openid", OPENID, "wrong_openid"), inner.flag("current")
            found[openid] = found.get(openid, False) or is_current
        else:
            fields.wrong(f"contacts[{number}]", "wrong_openid", value=content)
    return tuple(ContactRow(*each) for each in sorted(found.items()))


def _activity(fields: Fields) -> ActivityRow:
    row = ActivityRow(
        index=fields.index,
        code=fields.pattern("code", CODE, "wrong_code"),
        platform=fields.pattern("platform", CODE, "wrong_code"),
        title=fields.text("title"),
        category=fields.term("category", ActivityCategory),
        part=fields.term("part", Part),
        starts_at=fields.instant("starts_at"),
        ends_at=fields.instant("ends_at"),
        opens_at=fields.instant_if_given("opens_at"),
        closes_at=fields.instant_if_given("closes_at"),
        place=fields.text("place", is_required=False) or None,
        meeting_link=fields.link("meeting_link"),
        form=fields.term("form", Form) if fields.has("form") else None,
        organisers=fields.text("organisers", 1000, is_required=False, lines=True) or None,
        content=fields.text("content", 20_000, is_required=False, lines=True) or None,
        summary=fields.text("summary", 20_000, is_required=False, lines=True) or None,
        stage=fields.term("stage", Stage, STAGES, default=Stage.PUBLISHED),
        scene=fields.pattern("scene", SCENE, "wrong_scene", is_required=False) or None,
        short_code=fields.pattern("short_code", SHORT_CODE, "wrong_short_code", is_required=False) or None,
        partners=_partners(fields),
    )
    if fields.is_good and row.ends_at <= row.starts_at:
        fields.wrong("ends_at", "ends_before_start")
    if fields.is_good and row.opens_at and row.closes_at and row.closes_at <= row.opens_at:
        fields.wrong("closes_at", "closes_before_opening")
    return row


def _partners(fields: Fields) -> tuple[PartnerRow, ...]:
    found: dict[str, PartnerRow] = {}
    for number, content in enumerate(fields.list("partners")):
        inner = fields.within(f"partners[{number}]", content, _PARTNER)
        platform = inner.pattern("platform", CODE, "wrong_code")
        if platform in found or platform == fields.peek("platform"):
            inner.wrong("platform", "partner_again", value=platform)
        found[platform] = PartnerRow(platform, inner.term("part", Part), inner.flag("confirmed"))
    return tuple(sorted(found.values(), key=lambda each: each.platform))


def _check_in(fields: Fields) -> CheckInRow:
    enterprise = fields.enterprise("enterprise")
    return CheckInRow(
        fields.index,
        fields.pattern("activity", CODE, "wrong_code"),
        enterprise,
        fields.instant("at"),
        fields.pattern("openid", OPENID, "wrong_openid", is_required=False) or None,
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    names = [name for name, _ in pairs]
    doubled = Doubled(made)
    doubled.twice = tuple(sorted({name for name in names if names.count(name) > 1}))
    return doubled


def _no_number(word: str) -> object:
    raise ValueError(word)
