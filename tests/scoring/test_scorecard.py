"""What holds for every tally of every kind, under every reading."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from scoring.coach import next_step
from scoring.readings import Readings
from scoring.rules import Bonus, Shortfall
from scoring.scheme_files import scheme_for
from scoring.scorecard import score
from scoring.tally import Tally
from scoring.terms import (
    READING_VALUES,
    ActivityCategory,
    BonusFact,
    Group,
    IndicatorCode,
    LineStatus,
    PlatformKind,
)

COUNTS = ("activity_participations", "offline_participations", "online_trades", "needs", "research_reports")


@some.composite
def tallies(draw: some.DrawFn, kinds: tuple[PlatformKind, ...] = tuple(PlatformKind)) -> Tally:
    """Any tally of one kind: counts around the targets, rulings given or not."""
    kind = draw(some.sampled_from(kinds))
    scheme = scheme_for(kind, 2026)
    rulings = {
        code: draw(
            some.none() | some.integers(0, int(scheme.indicator(code).full / rule.grain)).map(rule.grain.__mul__)
        )
        for code, rule in scheme.rulings.items()
    }
    return Tally.from_dict(
        {
            "kind": kind.value,
            "year": 2026,
            "counted": {name: draw(some.integers(0, 1700)) for name in COUNTS}
            | {"activities": {name.value: draw(some.integers(0, 15)) for name in ActivityCategory}},
            "missed_filings": draw(some.integers(0, 25)),
            "rulings": rulings,
            "bonus": {name.value: draw(some.integers(0, 7)) for name in BonusFact},
        }
    )


readings = some.fixed_dictionaries({name: some.sampled_from(words) for name, words in READING_VALUES.items()}).map(
    Readings.from_words
)


@given(tallies(), readings)
def test_nothing_is_negative_and_nothing_exceeds_full(tally, readings):
    """Every line lies between zero and its full points, the base within 100 and the total within 115."""
    card = score(tally, readings)
    assert all(0 <= line.points <= line.full for line in card.lines)
    assert 0 <= card.base <= 100
    assert card.total == card.base + card.bonus <= 115


@given(tallies(), readings)
def test_the_bonus_cap_spans_both_rows(tally, readings):
    """Both bonus rows together never exceed 15, and reach it as soon as five claims count."""
    card = score(tally, readings)
    press = tally.count("bonus.press") if readings.press_bonus else 0
    claims = tally.count("bonus.resources") + tally.count("bonus.honours") + press
    assert card.bonus == min(15, 3 * claims)


@given(tallies(), readings, some.data())
def test_more_done_never_scores_less(tally, readings, data):
    """One more of anything done, or one filing less missed, never lowers the total or any other line."""
    more = tally.as_dict()
    place, key = data.draw(
        some.sampled_from(
            [(more["counted"], name) for name in COUNTS]
            + [(more["counted"]["activities"], name.value) for name in ActivityCategory]
            + [(more["bonus"], name.value) for name in BonusFact]
        )
    )
    place[key] += data.draw(some.integers(1, 200))
    more["missed_filings"] = max(0, more["missed_filings"] - data.draw(some.integers(0, 1)))
    before, after = score(tally, readings), score(Tally.from_dict(more), readings)
    assert after.total >= before.total
    for line in before.lines:
        if line.code != IndicatorCode.BONUS_HONOURS:  # resources may take its share of the common cap
            assert after.line(line.code).points >= line.points


@given(tallies((PlatformKind.COUNTY,)), readings, some.integers(0, 5000))
def test_a_county_scores_the_same_with_any_online_trades(tally, readings, trades):
    """The county's counting sentence leaves out 线上交易, so no number of them changes a point."""
    other = tally.as_dict()
    other["counted"]["online_trades"] = trades
    changed = score(Tally.from_dict(other), readings)
    assert [line.points for line in changed.lines] == [line.points for line in score(tally, readings).lines]


@given(tallies(), readings)
def test_awaited_is_what_rulings_may_still_bring(tally, readings):
    """The awaited points are the full points of the lines without a ruling, which have no points yet."""
    card = score(tally, readings)
    waiting = [line for line in card.lines if line.status is LineStatus.AWAITED]
    assert {line.code for line in waiting} == {code for code in tally.scheme.rulings if tally.rulings.get(code) is None}
    assert all(line.points == 0 for line in waiting)
    assert card.awaited == sum(line.full for line in waiting)


@given(tallies(), readings)
def test_points_fit_storage_in_thousandths(tally, readings):
    """No line, under any reading, needs more than three decimals: nothing is ever rounded."""
    for line in score(tally, readings).lines:
        assert line.points * 1000 == int(line.points * 1000)


@given(tallies(), readings)
def test_the_next_step_is_exact_and_the_cheapest(tally, readings):
    """Doing what the next step says gains exactly that; doing one less gains nothing; without one the line is full."""
    for line in tally.scheme.indicators:
        if not isinstance(line.rule, Shortfall):
            continue
        step, before = next_step(line.code, tally, readings), score(tally, readings).line(line.code)
        if step is None:
            assert before.points == line.full
            continue
        assert gained(tally, readings, line.code, step.more) == step.gain > 0
        assert gained(tally, readings, line.code, step.more - 1) == 0


def gained(tally: Tally, readings: Readings, code: IndicatorCode, more: int) -> Decimal:
    content = tally.as_dict()
    rule = tally.scheme.indicator(code).rule
    assert isinstance(rule, Shortfall)
    section, _, key = rule.counts[0].partition(".")
    place = content["counted"][section] if key else content["counted"]
    place[key or section] += more
    after = score(Tally.from_dict(content), readings).line(code).points
    return after - score(tally, readings).line(code).points


@pytest.mark.parametrize(
    ("done", "step", "more", "gain", "text"),
    [
        (1267, "whole", 34, "1", "再增34家次可增1分（少不足100家次的零头不扣）"),
        (1300, "whole", 1, "1", "再增1家次可增1分（少不足100家次的零头不扣）"),
        (1301, "whole", 100, "1", "再增100家次可增1分（少不足100家次的零头不扣）"),
        (1266, "started", 34, "1", "再增34家次可增1分（不足100家次按100家次扣）"),
        (1266, "linear", 1, "0.01", "再增1家次可增0.01分（按比例计）"),
    ],
)
def test_the_coach_names_the_next_threshold(make_tally, done, step, more, gain, text):
    """The coach's sentence is computed from the rule: under ``whole``, 1300 scores 13 and 1301 already 14."""
    tally = make_tally(counted={"activity_participations": done})
    readings = tally.scheme.readings.with_decisions({"partial_step": step})
    found = next_step(IndicatorCode.PARTICIPATIONS, tally, readings)
    assert (found.code, found.more, found.gain, found.text) == ("participations", more, Decimal(gain), text)


def test_the_coach_is_silent_where_doing_more_brings_nothing(make_tally):
    """A full line, a ruling, lost filings and a full bonus have no next step; a bonus with room for one point has."""
    tally = make_tally(counted={"needs": 60}, missed_filings=3, bonus={"resources": 4, "honours": 1})
    for code in (IndicatorCode.NEEDS, IndicatorCode.WEBSITE, IndicatorCode.DISPATCH, IndicatorCode.BONUS_HONOURS):
        assert next_step(code, tally) is None
    room = make_tally(bonus={"resources": 4})
    step = next_step(IndicatorCode.BONUS_HONOURS, room)
    assert (step.code, step.more, step.gain, step.text) == ("bonus_honours", 1, 3, "再增1次可增3分")
    with pytest.raises(KeyError):
        next_step(IndicatorCode.RESEARCH_REPORT, tally)


def test_the_scorecard_has_the_shape_others_read(make_tally):
    """The JSON shape has exactly the agreed keys, points as plain decimal strings, and every reading in force."""
    card = score(make_tally("county", counted={"activity_participations": 900})).as_dict()
    assert list(card) == ["kind", "year", "scheme", "lines", "base", "bonus", "total", "awaited", "readings"]
    assert list(card["lines"][0]) == ["code", "group", "name", "points", "full", "status", "working", "text"]
    assert card["lines"][0]["points"] == "13.5"
    assert card["lines"][0]["full"] == "15"
    assert card["scheme"] == "county-2021"
    assert card["readings"]["partial_step"] == "whole"
    assert card["readings"]["press_bonus"] is True
    assert len(card["readings"]) == len(READING_VALUES)


@pytest.mark.parametrize("kind", PlatformKind)
def test_a_line_shows_what_its_table_says(make_tally, kind):
    """Name, sentence, group and full points are the table's, and the card is of the tally's year."""
    card = score(make_tally(kind.value))
    shown = [(line.code, line.group, line.name, line.full, line.text) for line in card.lines]
    assert shown == [
        (line.code, line.group, line.name, line.full, line.text) for line in scheme_for(kind, 2026).indicators
    ]
    assert card.year == 2026


def test_the_target_itself_is_enough(make_tally):
    """满1500家次: with the last one nothing is short, and nothing is said of steps."""
    line = score(make_tally(counted={"activity_participations": 1500})).line("participations")
    assert (line.points, line.working) == (15, "1500家次；满1500，得15")


def test_points_that_wait_for_their_proof_are_said(make_tally):
    """A ruling without its proof (缺佐证，暂不计) leaves its own line awaited, and that line alone says why."""
    card = score(make_tally(rulings={"website": "4.5"}), unproved={"online_service": Decimal("4.5")})
    told = {line.code: (line.points, line.working) for line in card.lines}
    assert told["online_service"] == (
        0,
        "缺佐证，暂不计；省工信厅评定的4.5分，待事项通过审核、佐证齐全后计入，满分10",
    )
    assert told["coordination"] == (0, "待评定（省工信厅），满分20")
    assert told["website"] == (Decimal("4.5"), "省枢纽平台评定4.5，满分5")
    assert told["dispatch"] == (5, "无缺报、晚报，得5")


def test_the_second_bonus_row_takes_what_the_first_left(make_tally):
    """Of 15 points four claims of 3 leave 3, whatever else was claimed."""
    card = score(make_tally(bonus={"resources": 4, "honours": 3}))
    assert (card.line("bonus_resources").points, card.line("bonus_honours").points) == (12, 3)


def test_groups_and_codes_are_those_of_each_table():
    """Prefecture and county have no report and no fusion line, clusters no online service; all have the rest."""
    lacking = {
        PlatformKind.PREFECTURE: {IndicatorCode.RESEARCH_REPORT, IndicatorCode.PLATFORM_FUSION},
        PlatformKind.CLUSTER: {IndicatorCode.ONLINE_SERVICE},
        PlatformKind.COUNTY: {IndicatorCode.RESEARCH_REPORT, IndicatorCode.PLATFORM_FUSION},
    }
    for kind, codes in lacking.items():
        scheme = scheme_for(kind, 2026)
        assert {line.code for line in scheme.indicators} == set(IndicatorCode) - codes
        assert [line.code for line in scheme.indicators if isinstance(line.rule, Bonus)] == [
            IndicatorCode.BONUS_RESOURCES,
            IndicatorCode.BONUS_HONOURS,
        ]
        assert dict(scheme.groups) == {Group.ACTIVENESS: 35, Group.KEY_ACTIVITIES: 40, Group.COLLABORATION: 25}
