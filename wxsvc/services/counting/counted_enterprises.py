"""参与企业: which enterprises count for a platform, and why the others do not.

Both are read from one list of bars, so that a number and its reasons cannot disagree. “参与企业数量”: enterprises, not
public bodies; “平台所属区域内企业” for needs; “引导企业与服务机构通过线上交易完成服务过程” for trades.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from models.activity import Activity, ActivityPlatform
from models.enterprise import Enterprise, Institution
from models.journal import LogEntry
from models.platform import Platform
from models.record import Need, OnlineTrade
from models.terms import Subject
from scoring.readings import Readings
from wxsvc.services.people.enterprise_names import RENAMED
from wxsvc.services.regulation import platform_regions
from wxsvc.services.regulation.platform_regions import Each, Whose
from wxsvc.texts import names

Bar: TypeAlias = tuple[sa.ColumnElement[bool], str]
"""What keeps an ``Enterprise`` from counting, with the code of the reason; no condition is ever NULL."""

_code = sa.func.coalesce(Enterprise.uscc, "")

_part, _host, _operator = aliased(ActivityPlatform), aliased(Platform), aliased(Platform)
_HOSTS = (
    sa.select(_host.operator_uscc)
    .join(_part, _part.platform_id == _host.id)
    .where(_part.activity_id == Activity.id, _part.confirmed_at.is_not(None), _host.operator_uscc.is_not(None))
    .correlate(Activity)
)
"""The companies of all confirmed hosts of an ``Activity``."""
_OPERATORS = sa.select(_operator.operator_uscc).where(_operator.operator_uscc.is_not(None))
_is_host = sa.and_(_code.in_(_OPERATORS), _code.in_(_HOSTS))
"""Whether the ``Enterprise`` is one. Hardly any runs a platform at all, which is known at once: the hosts of the
activity are looked up for those alone, and not at every check-in."""


is_sole_trader: sa.ColumnElement[bool] = sa.or_(_code.like("92%"), _code.like("93%"))
"""个体工商户 (92…) or 农民专业合作社 (93…)."""


def counts(bars: Iterable[Bar]) -> sa.ColumnElement[bool]:
    """None of the bars is in the way."""
    return sa.not_(is_barred(bars))


def is_barred(bars: Iterable[Bar]) -> sa.ColumnElement[bool]:
    """One of the bars is in the way."""
    return sa.or_(*(condition for condition, _ in bars))


def why_not(bars: Iterable[Bar]) -> sa.Case[Any]:
    """The first bar's code; NULL for an enterprise that counts."""
    return sa.case(*bars, else_=sa.null())


def at_activities(platform: Whose, readings: Readings) -> list[Bar]:
    """Bars at an ``Activity``: the companies of all its confirmed hosts count for no part of it."""
    return [*_own(platform), (_is_host, "host_company"), *of_any(readings), *_outside(platform, readings)]


def barred_for(platform: Each, readings: Readings) -> sa.ColumnElement[bool]:
    """Whether what bars an enterprise at an ``Activity`` is whose platform it is, beside the bars :func:`of_any`.

    The companies stand as one list, of hosts and own: where regions do not matter, only theirs are looked up.
    """
    companies = sa.union_all(_HOSTS, sa.select(platform.operator_uscc).correlate_except(Enterprise))
    outside = (condition for condition, _ in _outside(platform, readings))
    return sa.or_(Enterprise.uscc.in_(companies), *outside)


def at_services(platform: Whose, readings: Readings) -> list[Bar]:
    """Bars where a platform served enterprises one by one (线下服务)."""
    return [*_own(platform), *of_any(readings), *_outside(platform, readings)]


def at_trades(platform: Whose, readings: Readings) -> list[Bar]:
    """Bars at an ``OnlineTrade`` with its ``Institution`` (outer join): 企业 on one side, 服务机构 on the other.

    曾用名, names and codes of enterprises merged into this one, are its own. A code of its own says that an
    institution is another company, whatever the enterprise was called once: a name may have been entered by mistake.
    """
    is_itself = sa.or_(
        sa.func.coalesce(Institution.uscc, "-") == _code,
        _is_spelt_as(Enterprise.name),
        _is_one_merged_into_it(),
        sa.and_(Institution.uscc.is_(None), _is_former_name()),
    )
    return [
        *at_services(platform, readings),
        (OnlineTrade.institution_id.is_(None), "no_institution"),
        (is_itself, "trade_with_itself"),
    ]


def _is_one_merged_into_it() -> sa.ColumnElement[bool]:
    merged = aliased(Enterprise)
    is_it = sa.or_(sa.func.coalesce(merged.uscc, "") == Institution.uscc, _is_spelt_as(merged.name))
    return sa.exists().where(merged.merged_into_id == Enterprise.id, is_it).correlate(Enterprise, Institution)


def _is_former_name() -> sa.ColumnElement[bool]:
    former = _is_spelt_as(LogEntry.details["former_name"].as_string())
    of_it = (LogEntry.subject == Subject.ENTERPRISE, LogEntry.subject_id == Enterprise.id, LogEntry.deed == RENAMED)
    return sa.exists().where(*of_it, former).correlate(Enterprise, Institution)


def _is_spelt_as(name: Any) -> sa.ColumnElement[bool]:
    return _spelt_alike(sa.func.coalesce(Institution.name, "")) == _spelt_alike(name)


def _spelt_alike(name: Any) -> sa.ColumnElement[str]:
    """A name as far as ``names.normal_form`` can be said in a query."""
    for sign, plain in names.spellings().items():
        name = sa.func.replace(name, sign, plain)
    return sa.func.lower(name)


def at_needs(platform: Whose, readings: Readings, recorder: Any) -> list[Bar]:
    """Bars at a ``Need``: the region always decides; the need's own only while the enterprise has none registered.

    ``recorder`` is the column with the company of the platform that recorded it.
    """
    region = sa.func.coalesce(Enterprise.region_code, Need.region_code)
    return [
        *_own(platform),
        (_code == sa.func.coalesce(recorder, "-"), "own_company"),
        *of_any(readings),
        (sa.not_(platform_regions.inside(platform, region)), "out_of_region"),
    ]


AT: Final[Mapping[Subject, Callable[[Whose, Readings], list[Bar]]]] = {
    Subject.ACTIVITY: at_activities,
    Subject.OFFLINE_SERVICE: at_services,
    Subject.ONLINE_TRADE: at_trades,
}
"""The bars of each kind of record whose enterprises are 家次."""


def _own(platform: Whose) -> list[Bar]:
    if isinstance(platform, Each):
        return [(_code == sa.func.coalesce(platform.operator_uscc, "-"), "own_company")]
    return [(_code == platform.operator_uscc, "own_company")] if platform.operator_uscc else []


def of_any(readings: Readings) -> list[Bar]:
    """Bars of an enterprise for whatever platform: without a code, what is not counted is 待核.

    Both ask ``is_counted``, so that the few enterprises with a bar are found by their index.
    """
    is_not_counted = Enterprise.is_counted.is_(False)
    found: list[Bar] = [
        (sa.and_(is_not_counted, Enterprise.uscc.is_(None)), "unidentified"),
        (is_not_counted, "no_enterprise"),
    ]
    return found if readings.sole_traders_count else [*found, (is_sole_trader, "reading_sole_traders_count")]


def _outside(platform: Whose, readings: Readings) -> list[Bar]:
    if readings.out_of_region_counts:
        return []
    return [
        (platform_regions.undecided(platform), "region_unknown"),
        (sa.not_(platform_regions.inside(platform)), "reading_out_of_region_counts"),
    ]
