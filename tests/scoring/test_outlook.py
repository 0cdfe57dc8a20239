"""What waits, what is within reach, and what to do next: never at odds with the scorecard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from scoring.outlook import Unsettled, outlook, with_pending, worth
from scoring.scorecard import score
from scoring.tally import Tally
from scoring.terms import Fact, Group, IndicatorCode, LineStatus
from scoring.words import points_text
from tests.scoring.test_scorecard import readings, tallies

PARTICIPATIONS, BRAND, DISPATCH = IndicatorCode.PARTICIPATIONS, IndicatorCode.BRAND, IndicatorCode.DISPATCH
pendings = some.dictionaries(some.sampled_from([fact.value for fact in Fact]), some.integers(0, 300))


@given(tallies(), pendings, readings, some.booleans())
def test_an_outlook_never_promises_less_than_stands_nor_more_than_full(tally, pending, read_by, is_running):
    """Per line and in sum: what stands ≤ with what waits ≤ within reach ≤ full."""
    card, ahead = score(tally, read_by), outlook(tally, pending, read_by, is_running=is_running)
    for line in card.lines:
        prospect = ahead.line(line.code)
        assert prospect.with_pending <= prospect.reachable <= line.full
        if line.group is not Group.BONUS:  # of the bonus, one row may take what the other had
            assert line.points <= prospect.with_pending
    assert card.base <= ahead.base_with_pending <= ahead.base_reachable <= 100
    assert card.bonus <= ahead.bonus_with_pending <= 15


@given(tallies(), pendings, readings)
def test_what_waits_scores_as_if_it_counted(tally, pending, read_by):
    """The imagined tally is the tally with the waiting facts added, nothing else; without any it is the same."""
    hoped = with_pending(tally, pending)
    for fact in Fact:
        assert hoped.count(fact) == tally.count(fact) + pending.get(fact.value, 0)
    assert with_pending(tally, {}).as_dict() == tally.as_dict()
    card = score(Tally.from_dict(hoped.as_dict()), read_by)
    ahead = outlook(tally, pending, read_by, is_running=True)
    assert [card.line(line.code).points for line in card.lines] == [line.with_pending for line in ahead.lines]


@given(tallies(), readings)
def test_once_the_year_is_over_only_what_waits_can_come(tally, read_by):
    """Without anything waiting, the base can only grow by rulings that are awaited."""
    card, ahead = score(tally, read_by), outlook(tally, {}, read_by, is_running=False)
    assert ahead.base_reachable == card.base + card.awaited
    assert ahead.steps == ()


@pytest.mark.parametrize(
    ("given_tally", "pending", "code", "text"),
    [
        ({}, {"activities.brand": 2}, BRAND, "未通过审核的2次补齐资料并全部通过后，可增4分，得4分"),
        ({"counted": {"activities": {"brand": 3}}}, {"activities.brand": 2}, BRAND, None),
        (
            {"counted": {"activity_participations": 1}},
            {"activity_participations": 99},
            PARTICIPATIONS,
            "未通过审核的99家次全部通过后，得分仍为1分",
        ),
        (
            {"counted": {"activity_participations": 200}},
            {"activity_participations": 100},
            PARTICIPATIONS,
            "未通过审核的100家次全部通过后，可增1分，得3分",
        ),
        ({}, {"activity_participations": 101}, PARTICIPATIONS, "未通过审核的101家次全部通过后，可增2分，得2分"),
        ({}, {}, BRAND, None),
        ({"missed_filings": 2}, {}, DISPATCH, "缺报、晚报已扣的2分不能补回；今后按时报送，本项保持3分"),
        ({"missed_filings": 9}, {}, DISPATCH, "缺报、晚报已扣完本项5分，不能补回"),
        ({}, {}, DISPATCH, None),
        ({}, {}, IndicatorCode.COORDINATION, "待省工信厅评定，最多可得20分"),
        ({"rulings": {"coordination": "18"}}, {}, IndicatorCode.COORDINATION, None),
        (
            {"counted": {"research_reports": 0}, "bonus": {"resources": 4}},
            {"bonus.honours": 2},
            IndicatorCode.BONUS_HONOURS,
            "未通过审核的2次全部通过后，可增3分，得3分",
        ),
    ],
)
def test_what_is_said_of_a_line(make_tally, given_tally, pending, code, text):
    """One sentence where something waits, is lost or is awaited; none where there is nothing to say."""
    tally = make_tally(**given_tally)
    assert outlook(tally, pending, tally.scheme.readings, is_running=True).line(code).text == text


def test_what_is_said_follows_the_readings(make_tally):
    """In proportion, one of 1500 is worth a hundredth already."""
    tally = make_tally(counted={"activity_participations": 1})
    linear = tally.scheme.readings.with_decisions({"partial_step": "linear"})
    ahead = outlook(tally, {"activity_participations": 49}, linear, is_running=False).line(PARTICIPATIONS)
    assert ahead.text == "未通过审核的49家次全部通过后，可增0.49分，得0.5分"
    assert points_text(ahead.with_pending) == points_text(ahead.reachable) == "0.5"
    assert ahead.next_step is None
    running = outlook(tally, {"activity_participations": 49, "bonus.press": 1}, linear, is_running=True)
    assert running.line(PARTICIPATIONS).next_step.text == "再增1家次可增0.01分（按比例计）"
    assert (points_text(running.base_with_pending), points_text(running.bonus_with_pending)) == ("5.5", "3")


@pytest.mark.parametrize(("is_running", "reachable"), [(True, "15"), (False, "2")])
def test_a_counted_line_can_be_filled_while_the_year_runs(make_tally, is_running, reachable):
    """Afterwards only what waits can be added."""
    tally = make_tally(counted={"activity_participations": 100})
    ahead = outlook(tally, {"activity_participations": 100}, tally.scheme.readings, is_running=is_running)
    assert points_text(ahead.line(PARTICIPATIONS).reachable) == reachable


def test_the_next_step_is_told_from_what_waits_on(make_tally):
    """Two brand activities wait: the third is the next, not the first; what needs fewest comes first."""
    tally = make_tally(counted={"activity_participations": 1240})
    ahead = outlook(
        tally, {"activities.brand": 2, "activity_participations": 20}, tally.scheme.readings, is_running=True
    )
    assert ahead.line(BRAND).next_step.text == "再增1次可增2分"
    assert ahead.line(PARTICIPATIONS).next_step.more == 41
    assert [step.more for step in ahead.steps] == sorted(step.more for step in ahead.steps)
    assert ahead.steps[0].gain == 3  # 上市融资: one activity brings three points
    full = outlook(tally, {"activities.brand": 3}, tally.scheme.readings, is_running=True)
    assert full.line(BRAND).next_step is None


def test_what_is_lost_is_out_of_reach(make_tally):
    """Missed filings and rulings below full are gone; everything else is not, while the year runs."""
    tally = make_tally(missed_filings=2, rulings={"website": "4.5"})
    ahead = outlook(tally, {}, tally.scheme.readings, is_running=True)
    assert points_text(ahead.base_reachable) == "97.5"
    awaited = [line for line in score(tally).lines if line.status is LineStatus.AWAITED]
    assert all(ahead.line(line.code).reachable == line.full for line in awaited)


@pytest.mark.parametrize(
    ("given_tally", "fact", "points"),
    [
        ({}, Fact.DIGITAL_ACTIVITIES, "2"),
        ({"counted": {"activities": {"digital": 3}}}, Fact.DIGITAL_ACTIVITIES, "0"),
        ({"counted": {"activity_participations": 1300}}, Fact.ACTIVITY_PARTICIPATIONS, "1"),
        ({"counted": {"activity_participations": 1299}}, Fact.ACTIVITY_PARTICIPATIONS, "0"),
        ({"bonus": {"resources": 5}}, Fact.BONUS_HONOURS, "0"),
    ],
)
def test_what_one_more_is_worth(make_tally, given_tally, fact, points):
    """Counted by the whole scorecard, so a full line, a part of a step and the cap are all seen."""
    tally = make_tally(**given_tally)
    assert points_text(worth(tally, fact, tally.scheme.readings)) == points


def test_a_surplus_is_worth_something_where_it_moves(make_tally):
    """Under overflow_to_other a fourth brand activity fills 其他类."""
    tally = make_tally(counted={"activities": {"brand": 3}})
    moves = tally.scheme.readings.with_decisions({"overflow_to_other": "true"})
    assert worth(tally, Fact.BRAND_ACTIVITIES, tally.scheme.readings) == 0
    assert worth(tally, Fact.BRAND_ACTIVITIES, moves) == 1
    assert worth(make_tally(counted={"activities": {"brand": 4}}), Fact.BRAND_ACTIVITIES, moves) == 1


@pytest.mark.parametrize(
    ("missed", "unsettled", "text", "reachable"),
    [
        (1, Unsettled(open_reading=1), "缺报、晚报已扣1分，其中1分所涉报送口径待定或待确认，认定按时后恢复", "5"),
        (
            3,
            Unsettled(open_reading=1),
            "缺报、晚报已扣3分，其中1分所涉报送口径待定或待确认，认定按时后恢复；其余2分不能补回",
            "3",
        ),
        (
            3,
            Unsettled(returned=1),
            "缺报、晚报已扣3分，其中1分所涉报送已退回，重新报送后按首次报送日认定；其余2分不能补回",
            "3",
        ),
        (
            2,
            Unsettled(claimed=1, returned=1),
            "缺报、晚报已扣2分，其中2分所涉报送口径待定、待确认或已退回，认定按时后恢复（已退回的须重新报送）",
            "5",
        ),
        (
            2,
            Unsettled(unregistered=1),
            "缺报、晚报已扣2分；1次月度数据尚未登记：确已按期在国家大数据平台填报的，可补登填报日期并附说明或截图，确认后不再扣分；"
            "其他缺报、晚报不能补回",
            "3",
        ),
        (
            2,
            Unsettled(claimed=1, unregistered=1),
            "缺报、晚报已扣2分，其中1分所涉报送口径待定或待确认，认定按时后恢复；其余已扣1分；1次月度数据尚未登记："
            "确已按期在国家大数据平台填报的，可补登填报日期并附说明或截图，确认后不再扣分；其他缺报、晚报不能补回",
            "4",
        ),
        (9, Unsettled(open_reading=1), "缺报、晚报已扣完本项5分，不能补回", "0"),
        (0, Unsettled(provisional=2), "2次报送的期限暂定，目前不扣分，放假通知载入后再认定", "5"),
        (
            1,
            Unsettled(provisional=1),
            "缺报、晚报已扣的1分不能补回；今后按时报送，本项保持4分；1次报送的期限暂定，目前不扣分，放假通知载入后再认定",
            "4",
        ),
    ],
)
def test_filings_that_are_not_judged_for_good_are_told_apart(make_tally, missed, unsettled, text, reachable):
    """What is open, unconfirmed or provisional is not told as lost, and stays within reach."""
    tally = make_tally(missed_filings=missed)
    ahead = outlook(tally, {}, tally.scheme.readings, is_running=True, unsettled=unsettled).line(DISPATCH)
    assert (ahead.text, points_text(ahead.reachable)) == (text, reachable)


def test_what_the_review_alone_gives_back_is_part_of_what_waits(make_tally):
    """A day to be confirmed and a filing to be filed again count with all else that waits; an open reading does not."""
    tally, unsettled = make_tally(missed_filings=4), Unsettled(open_reading=1, claimed=1, returned=1)
    line = outlook(tally, {}, tally.scheme.readings, is_running=True, unsettled=unsettled).line(DISPATCH)
    assert (points_text(line.with_pending), points_text(line.reachable)) == ("3", "4")


def test_a_bonus_row_that_gives_way_to_the_one_before_says_so(make_tally):
    """3 and 12 are the whole cap; another resource that is approved takes three of it, so 荣誉资质 comes to nine."""
    tally = make_tally(bonus={"resources": 1, "honours": 4})
    waiting = {Fact.BONUS_RESOURCES: 1, Fact.BONUS_HONOURS: 1}
    ahead = outlook(tally, waiting, tally.scheme.readings, is_running=True)
    line = ahead.line(IndicatorCode.BONUS_HONOURS)
    assert (line.text, line.with_pending) == ("未通过审核的事项全部通过后，前项先计，本项得9分", 9)


def test_what_a_reading_keeps_out_is_not_awaited_either(make_tally):
    """press_bonus off: of a report and an honour under review the honour alone is told."""
    tally = make_tally()
    off = tally.scheme.readings.with_decisions({"press_bonus": "false"})
    waiting = {Fact.BONUS_PRESS: 1, Fact.BONUS_HONOURS: 1}
    line = outlook(tally, waiting, off, is_running=True).line(IndicatorCode.BONUS_HONOURS)
    assert line.text == "未通过审核的1次全部通过后，可增3分，得3分"


def test_once_the_year_is_over_nobody_is_asked_to_file_in_time(make_tally):
    tally = make_tally(missed_filings=2)
    ahead = outlook(tally, {}, tally.scheme.readings, is_running=False).line(DISPATCH)
    assert ahead.text == "缺报、晚报已扣的2分不能补回，本项得3分"
