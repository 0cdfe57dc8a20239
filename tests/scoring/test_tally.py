"""A tally is read strictly: what is wrong is named by its field, in one line."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from scoring.readings import ReadingError
from scoring.scorecard import score
from scoring.tally import Tally, TallyError
from scoring.terms import READING_VALUES, IndicatorCode, PlatformKind

GOOD = {
    "kind": "prefecture",
    "year": 2026,
    "counted": {
        "activity_participations": 1320,
        "offline_participations": 150,
        "online_trades": 40,
        "needs": 37,
        "research_reports": 0,
        "activities": {"brand": 3, "innovation": 2, "digital": 4, "listing": 2, "startup": 1, "other": 9},
    },
    "missed_filings": 3,
    "rulings": {"website": "4.5", "online_service": "10", "coordination": None},
    "bonus": {"resources": 2, "honours": 1, "press": 1},
}

NO_COUNT = "须为不小于0的整数"
NO_POINTS = "须为不小于0的分数，如“4.5”；未评定写null"
NO_TABLE = "须为一组键值"
NO_YEAR = "须为四位年份"
NOT_RULED = "市州窗口平台没有这项评定"
UNKNOWN = "未知的项"


def changed(place: str, value: object) -> dict[str, object]:
    content = json.loads(json.dumps(GOOD))
    *path, key = place.split(".")
    inner = content
    for step in path:
        inner = inner[step]
    inner[key] = value
    return content


def test_a_tally_survives_the_round_trip():
    """What is written as JSON is read back as the same facts, and says every key."""
    tally = Tally.from_json(json.dumps(GOOD))
    assert tally.as_dict() == GOOD
    assert Tally.from_dict(tally.as_dict()) == tally


@pytest.mark.parametrize("key", GOOD)
def test_the_six_top_keys_are_required(key):
    """A missing top key is an error that names it."""
    with pytest.raises(TallyError) as caught:
        Tally.from_dict({name: value for name, value in GOOD.items() if name != key})
    assert caught.value.field == key


def test_an_inner_key_left_out_is_nothing_done_or_awaited():
    """An inner key left out is 0, or a ruling not yet given."""
    empty = Tally.from_dict({**GOOD, "counted": {}, "rulings": {}, "bonus": {}})
    assert empty.facts == {}
    assert score(empty).awaited == 35


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("kind", "village", "未知的平台类型village，可为prefecture、cluster、county"),
        ("kind", None, "未知的平台类型None，可为prefecture、cluster、county"),
        ("kind", ["prefecture"], "未知的平台类型['prefecture']，可为prefecture、cluster、county"),
        ("year", 2020, "2020年没有评价办法"),
        ("year", "2026", NO_YEAR),
        ("year", 2026.0, NO_YEAR),
        ("year", True, NO_YEAR),
        ("year", 999, NO_YEAR),
        ("year", 1000, "1000年没有评价办法"),
        ("year", 10000, NO_YEAR),
        ("counted", [], NO_TABLE),
        ("rulings", [], NO_TABLE),
        ("bonus", [], NO_TABLE),
        ("counted.needs", -1, NO_COUNT),
        ("counted.needs", 1.5, NO_COUNT),
        ("counted.needs", "37", NO_COUNT),
        ("counted.needs", None, NO_COUNT),
        ("counted.needs", True, NO_COUNT),
        ("counted.needs", 10**12, "超过1000000000，不像真实数据"),
        ("counted.visitors", 5, UNKNOWN),
        ("counted.visitors", 0, UNKNOWN),
        ("counted.activities", 3, NO_TABLE),
        ("counted.activities.brand", -1, NO_COUNT),
        ("counted.activities.brand", 0.5, NO_COUNT),
        ("counted.activities.yoga", 1, UNKNOWN),
        ("counted.activities.yoga", 0, UNKNOWN),
        ("missed_filings", -1, NO_COUNT),
        ("missed_filings", "3", NO_COUNT),
        ("rulings.website", "5.5", "5.5超过满分5"),
        ("rulings.website", "-1", NO_POINTS),
        ("rulings.website", -1, NO_POINTS),
        ("rulings.website", "4.25", "4.25不合规定，须为0.5分的整数倍"),
        ("rulings.website", "good", NO_POINTS),
        ("rulings.website", "", NO_POINTS),
        ("rulings.website", "NaN", NO_POINTS),
        ("rulings.website", True, NO_POINTS),
        ("rulings.website", "１", NO_POINTS),
        ("rulings.coordination", "20.001", "20.001超过满分20"),
        ("rulings.coordination", "1.0001", "1.0001不合规定，须为0.001分的整数倍"),
        ("rulings.online_service", "5", "5不合规定，认定只有0分或10分"),
        ("rulings.online_service", "9.5", "9.5不合规定，认定只有0分或10分"),
        ("rulings.platform_fusion", "10", NOT_RULED),
        ("rulings.platform_fusion", None, NOT_RULED),
        ("rulings.brand", "6", NOT_RULED),
        ("rulings.charm", "1", NOT_RULED),
        ("bonus.resources", -2, NO_COUNT),
        ("bonus.press", 0.5, NO_COUNT),
        ("bonus.friends", 1, UNKNOWN),
        ("bonus.friends", 0, UNKNOWN),
        ("comment", "late", UNKNOWN),
    ],
)
def test_a_wrong_tally_names_the_field(place, value, said):
    """Every kind of mistake is refused in one line: its field, and what is wrong with it."""
    with pytest.raises(TallyError) as caught:
        Tally.from_json(json.dumps(changed(place, value)))
    assert caught.value.field == place
    assert str(caught.value) == f"{place}：{said}"


@pytest.mark.parametrize(
    ("kind", "code"),
    [("cluster", "online_service"), ("county", "platform_fusion"), ("prefecture", "platform_fusion")],
)
def test_a_ruling_of_another_kind_is_refused(make_tally, kind, code):
    """A ruling that the kind's table does not have is an error, not a silent nothing."""
    with pytest.raises(TallyError, match=rf"^rulings\.{code}："):
        make_tally(kind, rulings={code: "10"})


@pytest.mark.parametrize("kind", list(PlatformKind))
def test_a_ruling_finer_than_new_ones_may_be_still_stands(make_tally, kind):
    """12.345 was accepted once: it is read, while new points are given in tenths."""
    tally = make_tally(kind=kind, rulings={IndicatorCode.COORDINATION: Decimal("12.345")})
    rule = tally.scheme.rulings[IndicatorCode.COORDINATION]
    assert (score(tally).line(IndicatorCode.COORDINATION).points, rule.grain) == (Decimal("12.345"), Decimal("0.1"))


def test_facts_a_kind_does_not_count_are_ignored(make_tally):
    """A county may report trades and reports; they change no point."""
    plain = score(make_tally("county", counted={"needs": 25}))
    more = score(make_tally("county", counted={"needs": 25, "online_trades": 900, "research_reports": 2}))
    assert plain.total == more.total


@pytest.mark.parametrize(
    ("text", "points"),
    [('"4.5"', "4.5"), ("4.5", "4.5"), ("5", "5"), ('"5.00"', "5"), ("0", "0"), ("-0.0", "0"), ("0.5e1", "5")],
)
def test_points_are_exact_however_json_writes_them(text, points):
    """Strings and numbers are both read as exact decimals and written without trailing zeros."""
    tally = Tally.from_json(json.dumps(GOOD).replace('"website": "4.5"', f'"website": {text}'))
    line = score(tally).line(IndicatorCode.WEBSITE)
    assert line.as_dict()["points"] == points
    assert line.as_dict()["status"] == "ruled"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "统计文件是空的"),
        ('{"kind":\n ?}', "统计文件第2行第2个字符处不是有效的JSON"),
        ('{"kind": NaN}', "统计文件的JSON中有无法接受的内容：NaN"),
        ("[1]", "tally：须为一组键值"),
        ("null", "tally：须为一组键值"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(text, said):
    """Where the reader stopped, or the number that JSON does not know."""
    with pytest.raises(ValueError, match=r".") as caught:
        Tally.from_json(text)
    assert str(caught.value) == said


@pytest.mark.parametrize("text", ["{", '"kind"', "[" * 100_000, '{"year": ' + "9" * 5000 + "}"])
def test_what_is_no_tally_at_all_is_refused_in_one_line(text):
    """Broken JSON, deep nesting, endless numbers and other values are refused like any mistake."""
    with pytest.raises(ValueError, match=r".") as caught:
        Tally.from_json(text)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1e9", "1000000000超过满分5"),
        ("1e10", NO_POINTS),
        ("1e-9", "0.000000001不合规定，须为0.5分的整数倍"),
        ("1e-10", NO_POINTS),
    ],
)
def test_points_are_told_as_they_stand_while_they_can_be_read(text, said):
    """Beyond ten digits on either side a number is no number of points."""
    with pytest.raises(TallyError) as caught:
        Tally.from_json(json.dumps(GOOD).replace('"website": "4.5"', f'"website": {text}'))
    assert str(caught.value) == f"rulings.website：{said}"


def test_the_last_year_of_four_digits_has_a_table():
    assert Tally.from_dict({**GOOD, "year": 9999}).scheme.kind == GOOD["kind"]


def test_a_category_stands_in_its_own_table_only():
    with pytest.raises(TallyError, match=r"^counted\.activities\.brand：未知的项$"):
        Tally.from_dict({**GOOD, "counted": {"activities.brand": 3}})


def test_a_count_may_be_as_large_as_a_thousand_million():
    assert Tally.from_dict(changed("counted.needs", 1_000_000_000)).count("needs") == 1_000_000_000
    with pytest.raises(TallyError, match=r"^counted\.needs：超过1000000000，不像真实数据$"):
        Tally.from_dict(changed("counted.needs", 1_000_000_001))


@pytest.mark.parametrize("text", ["1e999999999", "1e-999999999", "1e999999999999999999999", "1" * 4000])
def test_points_out_of_all_measure_are_refused_at_once(text):
    """A number that would fill the memory when written out is refused like any other wrong ruling."""
    with pytest.raises(ValueError, match=r".") as caught:
        Tally.from_json(json.dumps(GOOD).replace('"website": "4.5"', f'"website": {text}'))
    assert len(str(caught.value)) <= 300


def test_a_key_written_twice_is_refused():
    """JSON would silently keep the last of two equal keys; here the key is named."""
    with pytest.raises(TallyError, match=r"^needs："):
        Tally.from_json(json.dumps(GOOD).replace('"needs": 37', '"needs": 1, "needs": 37'))


def test_a_strange_key_cannot_break_the_line():
    """Line breaks and terminal codes in a foreign key do not reach the terminal."""
    with pytest.raises(TallyError) as caught:
        Tally.from_dict({**GOOD, "a\nb\x1b[31m": 1})
    assert str(caught.value) == "a?b?[31m：未知的项"
    with pytest.raises(TallyError) as caught:
        Tally.from_dict({**GOOD, "a" * 1000: 1})
    assert str(caught.value) == "a" * 300


def test_a_tally_made_in_python_is_held_to_the_same_rules():
    """Services make tallies from values; these are checked like JSON."""
    with pytest.raises(TallyError, match=r"^counted\.activities\.brand："):
        Tally(PlatformKind.COUNTY, 2026, {"activities.brand": -1})
    with pytest.raises(TallyError, match=r"^missed_filings："):
        Tally(PlatformKind.COUNTY, 2026, missed_filings=-1)
    with pytest.raises(TallyError, match=r"^rulings\.website："):
        Tally(PlatformKind.COUNTY, 2026, rulings={IndicatorCode.WEBSITE: Decimal("NaN")})


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        ({"mood": "good"}, f"没有口径mood，可为{'、'.join(READING_VALUES)}"),
        ({"partial_step": "half"}, "口径partial_step不能取half，可为whole、started、linear"),
        ({"press_bonus": "True"}, "口径press_bonus不能取True，可为true、false"),
    ],
)
def test_an_unknown_reading_or_value_is_refused(make_tally, decision, said):
    """A reading that the regulation does not leave open, or a value it does not offer, is named with what there is."""
    with pytest.raises(ReadingError) as caught:
        make_tally().scheme.readings.with_decisions(decision)
    assert str(caught.value) == said


def test_readings_are_stored_as_words_and_come_back(make_tally):
    """Readings written as words and read back are the same."""
    readings = make_tally().scheme.readings.with_decisions({"partial_step": "linear", "press_bonus": "false"})
    assert type(readings).from_words(readings.as_words()) == readings
