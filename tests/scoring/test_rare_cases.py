"""What pages and worker reach and today's tables rarely do: each branch of the regulation gives its answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from scoring import scheme_files, words, workings
from scoring.calendar import Calendar
from scoring.coach import next_step
from scoring.counting import Count
from scoring.deadlines import obligations
from scoring.evidence import evidence_for, switched_on
from scoring.outlook import outlook
from scoring.readings import DEFAULT_READINGS
from scoring.rules import Bonus, Filings, RulingRule, Shortfall
from scoring.scheme import SchemeError
from scoring.scheme_files import SCHEMES, scheme_for, scheme_text
from scoring.scorecard import score
from scoring.statutory_days import statutory
from scoring.tally import Tally, TallyError
from scoring.terms import EvidenceItem, EvidenceNeed, Group, PartialStep, PlatformKind, ReadingName
from tests.scoring.conftest import read_anew

SCHEME = scheme_for(PlatformKind.PREFECTURE, 2026)
SHORTFALLS = [line for line in SCHEME.indicators if isinstance(line.rule, Shortfall)]
BONUS = next(line for line in SCHEME.indicators if isinstance(line.rule, Bonus))
UNHEARD = replace(BONUS.rule, counts=("unheard",), counts_under={})
RULED = next(line for line in SCHEME.indicators if isinstance(line.rule, RulingRule))


def with_line(line, **changes):
    """The prefecture's table with one line changed."""
    return tuple(replace(line, **changes) if each is line else each for each in SCHEME.indicators)


def with_rule(line, **changes):
    return with_line(line, rule=replace(line.rule, **changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"indicators": (*SCHEME.indicators, SCHEME.indicators[0])}, "a code stands on two lines"),
        ({"groups": {Group.ACTIVENESS: Decimal(100)}}, "groups must be activeness, key_activities and collaboration"),
        ({"base": Decimal(101)}, "the groups are worth 100, not 101"),
        ({"indicators": with_line(RULED, full=RULED.full + 1)}, "activeness is worth 35, its lines 36"),
        (
            {"indicators": with_rule(SHORTFALLS[1], counts=SHORTFALLS[0].rule.counts)},
            "a fact is counted on two lines",
        ),
        (
            {"indicators": with_line(SHORTFALLS[0], rule=UNHEARD)},
            "participations: the rule bonus and the group bonus belong together",
        ),
        (
            {"indicators": with_rule(SHORTFALLS[0], counts=())},
            "participations: target and step must be positive, and something counted",
        ),
        (
            {"indicators": with_rule(SHORTFALLS[0], leaves_out=SHORTFALLS[0].rule.counts)},
            "participations: a fact is both counted and left out",
        ),
        (
            {"indicators": with_rule(SHORTFALLS[0], overflow_from=("website",))},
            "participations: overflow_from names website, which is no shortfall line here",
        ),
        (
            {"indicators": with_rule(SHORTFALLS[0], overflow_from=(SHORTFALLS[0].code,))},
            "participations: a line cannot overflow into itself",
        ),
        (
            {"indicators": with_rule(BONUS, counts=())},
            "bonus_resources: something must be counted, and counts_under names no other fact",
        ),
        (
            {"indicators": with_rule(BONUS, counts_under={"elsewhere": ReadingName.PRESS_BONUS})},
            "bonus_resources: something must be counted, and counts_under names no other fact",
        ),
        (
            {"indicators": with_rule(RULED, grain_before=Decimal("0.3"))},
            "website: 5 is not made of 0.5, that of 0.3, that of 0.001",
        ),
        (
            {"indicators": with_rule(RULED, grain_before=Decimal("0.0005"))},
            "website: 5 is not made of 0.5, that of 0.0005, that of 0.001",
        ),
        (
            {"bonus_cap": SCHEME.bonus_cap + 1},
            "bonus_resources: a bonus row may take the whole cap, so its full points are the cap",
        ),
    ],
)
def test_a_contradiction_is_named(changes, said):
    with pytest.raises(SchemeError) as caught:
        replace(SCHEME, **changes)
    assert str(caught.value) == f"prefecture-2021: {said}"


def test_a_bonus_row_may_hang_on_readings_altogether():
    every = dict.fromkeys(BONUS.rule.counts, ReadingName.PRESS_BONUS)
    assert replace(SCHEME, indicators=with_rule(BONUS, counts_under=every))


def test_points_that_cannot_be_stored_are_refused():
    line = SHORTFALLS[0]
    rule = line.rule
    off, steps = Decimal("0.0001"), rule.target // rule.step
    changed, less = with_line(line, full=off * steps, rule=replace(rule, off=off)), line.full - off * steps
    groups = {**SCHEME.groups, line.group: SCHEME.groups[line.group] - less}
    with pytest.raises(SchemeError) as caught:
        replace(SCHEME, indicators=changed, groups=groups, base=SCHEME.base - less)
    assert str(caught.value) == "prefecture-2021: participations: 0.0001 per 100 is finer than points are stored"


def test_a_code_that_stands_nowhere_is_an_error():
    tally = Tally(PlatformKind.PREFECTURE, 2026)
    ahead = outlook(tally, {}, DEFAULT_READINGS, is_running=True)
    for of in (SCHEME.indicator, score(tally, DEFAULT_READINGS).line, ahead.line):
        with pytest.raises(KeyError, match="nowhere"):
            of("nowhere")


def test_what_a_line_counts_is_asked_of_any_line():
    assert (RULED.counts, RULED.unit) == ((), "")
    assert (SHORTFALLS[0].counts, SHORTFALLS[0].unit) == (SHORTFALLS[0].rule.counts, SHORTFALLS[0].rule.unit)
    assert SCHEME.counting(SHORTFALLS[0].counts[0]) is SHORTFALLS[0]
    assert SCHEME.counting("unheard") is None
    ground = RULED.rule.rests_on[0]
    assert RULED in SCHEME.resting_on(ground)
    assert RULED.code in SCHEME.rulings


def test_a_scheme_is_kept_as_its_text():
    assert scheme_text(PlatformKind.COUNTY, 2026) == (SCHEMES / "county.toml").read_text(encoding="utf-8")


def test_proofs_are_asked_by_their_need():
    asked = {each.need: each for kind in PlatformKind for each in evidence_for(kind, 2026)}
    required, with_income = asked[EvidenceNeed.REQUIRED], asked[EvidenceNeed.WITH_MARKET_INCOME]
    assert required.is_asked()
    assert [with_income.is_asked(market_income=has) for has in (False, True)] == [False, True]
    for need in (EvidenceNeed.OPTIONAL, EvidenceNeed.SWITCHED_OFF):
        for each in [asked[need]] if need in asked else []:
            assert [each.is_asked(), each.is_asked(switched_on=[each.item])] == [False, True]


def test_the_province_switches_items_on_by_a_reading():
    assert switched_on(DEFAULT_READINGS) == frozenset()
    for reading, item in (
        (ReadingName.LEADERS_REMARKS_ASKED, EvidenceItem.LEADERS_REMARKS),
        (ReadingName.CLUSTER_SCREENSHOTS_ASKED, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS),
    ):
        assert switched_on(DEFAULT_READINGS.with_decisions({reading: "true"})) == {item}


def test_points_that_wait_for_their_proof_are_told():
    tally, held = Tally(PlatformKind.PREFECTURE, 2026), {RULED.code: Decimal("1.5")}
    prospect = outlook(tally, {}, DEFAULT_READINGS, is_running=False, unproved=held).line(RULED.code)
    assert (prospect.reachable, prospect.text) == (Decimal("1.5"), words.say("outlook.unproved", points=Decimal("1.5")))
    assert workings.ruling(RULED.rule, RULED.full, None, Decimal("1.5")) == words.say(
        "working.unproved", by=words.name_of(RULED.rule.ruled_by), full=RULED.full, points=Decimal("1.5")
    )


def test_several_facts_left_out_are_told_one_after_another():
    left_out = (("needs", 1), ("online_trades", 2))
    done = Count(facts=(), left_out=left_out)
    told = workings.shortfall(SHORTFALLS[0].rule, Decimal(15), done, PartialStep.WHOLE, overflow=False)
    assert told == "0家次（需求、诉求1不计）（线上交易2不计）；满1500；少1500，满百计15档；15－15＝0"
    told = workings.bonus(BONUS.rule, done, Decimal(0), Decimal(0), Decimal(15))
    assert told == "无加分事项，得0（需求、诉求1按口径不计）（线上交易2按口径不计）"


@pytest.mark.parametrize(("missed", "told"), [(1, "缺报、晚报1次；5－1.5＝3.5"), (2, "缺报、晚报2次；5－2×1.5＝2")])
def test_a_product_is_told_where_both_factors_tell_something(missed, told):
    assert workings.filings(Filings(off=Decimal("1.5")), Decimal(5), missed) == told


def test_a_bonus_of_one_point_is_a_next_step_too():
    later = replace(SCHEME, indicators=with_rule(BONUS, each=Decimal(1)))
    assert next_step(BONUS.code, Tally(PlatformKind.PREFECTURE, 2026, by=later)).gain == 1


def test_no_qingming_is_computed_before_2000():
    """The sun's formula holds from 2000 on."""
    assert statutory(2000)[date(2000, 4, 4)] == "清明节"
    assert not [day for day in statutory(1999) if day.month == 4]


def test_the_statutory_days_of_a_year_are_in_order_with_their_names():
    """The days of rest themselves, lunar ones and 清明 among them; 调休 and what a weekend gives back are not here."""
    assert list(statutory(2027).items()) == [
        (date(2027, 1, 1), "元旦"),
        *((date(2027, 2, day), "春节") for day in (5, 6, 7, 8)),
        (date(2027, 4, 5), "清明节"),
        *((date(2027, 5, day), "劳动节") for day in (1, 2)),
        (date(2027, 6, 9), "端午节"),
        (date(2027, 9, 15), "中秋节"),
        *((date(2027, 10, day), "国庆节") for day in (1, 2, 3)),
    ]


def test_an_obligation_as_json_tells_all():
    due = obligations(2026, Calendar(), DEFAULT_READINGS)[0]
    told = due.as_dict()
    assert told["obligation"] == due.obligation.value
    assert told["period"] == due.period
    assert told["due_on"] == due.due_on.isoformat()


@pytest.mark.parametrize(("facts", "field"), [({"unheard": 1}, "unheard"), ({"needs": -1}, "needs")])
def test_a_tally_takes_only_facts_that_its_table_knows(facts, field):
    with pytest.raises(TallyError, match=field):
        Tally(PlatformKind.PREFECTURE, 2026, facts)


def test_a_tally_may_bring_its_own_table():
    assert Tally(PlatformKind.PREFECTURE, 1999, by=SCHEME).scheme is SCHEME
    more = replace(SHORTFALLS[0].rule, counts=("unheard",))
    later = replace(SCHEME, indicators=with_line(SHORTFALLS[0], rule=more))
    told = Tally(PlatformKind.PREFECTURE, 2026, {"unheard": 3}, by=later).as_dict()
    assert told["counted"]["unheard"] == 3
    assert Tally.from_dict(told, by=later).count("unheard") == 3
    assert Tally.from_dict(told, by=later).scheme is later


def test_a_later_table_counts_what_todays_do_not(tmp_path, monkeypatch):
    """The facts of a tally's own year are known, and no other year's."""
    today = (SCHEMES / "prefecture.toml").read_text(encoding="utf-8")
    later = today.replace("in_force_from = 2021", "in_force_from = 2030").replace('["needs"]', '["visits"]')
    (tmp_path / "prefecture.toml").write_text(today, encoding="utf-8")
    (tmp_path / "prefecture-2030.toml").write_text(later, encoding="utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(scheme_files, "SCHEMES", tmp_path)
        read_anew()
        told = {**Tally(PlatformKind.PREFECTURE, 2030).as_dict(), "counted": {"visits": 2}}
        assert Tally.from_dict(told).count("visits") == 2
        with pytest.raises(TallyError, match=r"^counted\.visits：未知的项$"):
            Tally.from_dict({**told, "year": 2029})
    read_anew()


def test_what_was_sealed_is_said_in_the_words_of_then():
    kept = {section: dict(said) for section, said in words.all_words().items()}
    kept["number_words"] = {"100": "佰"}
    with words.in_words(kept):
        assert words.number_word(100) == "佰"
    assert words.number_word(100) == "百"
