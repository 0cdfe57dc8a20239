"""The tables as data: verbatim, closed, and in agreement with themselves."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

import scoring.scheme_files
from scoring.evidence import evidence_for
from scoring.readings import DEFAULT_READINGS
from scoring.scheme import Scheme, SchemeError
from scoring.scheme_files import NoSchemeError, parse_scheme, rules_in_force, scheme_for
from scoring.scorecard import score
from scoring.statutory_days import qingming
from scoring.tally import Tally
from scoring.terms import ARITHMETIC_READINGS, READING_VALUES, PlatformKind, ReadingName
from scoring.toml_table import TomlError, TomlTable

SCHEMES = Path(scoring.scheme_files.__file__).with_name("schemes")
REGULATION = SCHEMES.with_name("regulation.md").read_text(encoding="utf-8")
PREFECTURE = (SCHEMES / "prefecture.toml").read_text(encoding="utf-8")
CLUSTER = (SCHEMES / "cluster.toml").read_text(encoding="utf-8")
TABLES = [path for kind in PlatformKind for path in sorted(SCHEMES.glob(f"{kind}*.toml"))]
every_table = pytest.mark.parametrize("scheme", [parse_scheme(path.name, path.read_text("utf-8")) for path in TABLES])
"""Of every kind and year."""


def own_table(scheme: Scheme) -> str:
    """The part of regulation.md under the table's title."""
    return REGULATION.split(f"### {scheme.title}\n")[1].split("\n### ")[0].split("\n## ")[0]


@every_table
def test_every_line_quotes_the_regulation(scheme):
    """Each line's sentence stands word for word in the part of regulation.md that holds its own table."""
    for line in scheme.indicators:
        assert line.text in own_table(scheme), line.code


@every_table
def test_openings_and_the_note_are_quoted_too(scheme):
    """What a row says before the line's sentence, and the note below the table, stand there word for word."""
    assert f"\n{scheme.note}\n" in own_table(scheme)
    assert scheme.note.startswith("注：")
    for line in scheme.indicators:
        assert line.opening in own_table(scheme), line.code


@pytest.mark.parametrize("kind", PlatformKind)
def test_three_lines_have_an_opening(kind):
    """Those that the table puts into its first rows."""
    lines = scheme_for(kind, 2021).indicators
    assert {line.code for line in lines if line.opening} == {"participations", "website", "needs"}


@every_table
def test_the_rows_of_the_table_are_quoted_to_the_last_word(scheme):
    """Openings and sentences together are all that a table says under its headings."""
    left = own_table(scheme)
    for quote in [scheme.note, *(part for line in scheme.indicators for part in (line.opening, line.text))]:
        left = left.replace(quote, "")
    rows = [line for line in left.splitlines() if line.strip("；") and not line.startswith(("#", "**"))]
    assert rows == []


@pytest.mark.parametrize("kind", PlatformKind)
def test_the_rows_are_those_of_the_printed_table(kind):
    """Names and full points of every row, in its order; a row may hold two lines."""
    scheme = scheme_for(kind, 2026)
    printed = re.findall(r"^\*\*(.+?)\*\*", own_table(scheme), re.MULTILINE)
    assert [row[0].row or row[0].name for row in scheme.rows] == printed
    assert len(scheme.rows) == len(scheme.indicators) - 1


@pytest.mark.parametrize("name", ARITHMETIC_READINGS)
@pytest.mark.parametrize("kind", PlatformKind)
def test_a_line_names_the_readings_that_change_it(kind, name):
    """Whatever the tally, no arithmetic reading changes the points of a line that does not name it."""
    scheme = scheme_for(kind, 2026)
    bearing = {line.code for line in scheme.bearing(name)}
    for amount in (0, 1, 7, 23, 49, 999, 1401):
        tally = Tally(kind=kind, year=2026, facts=dict.fromkeys(scheme.facts, amount))
        cards = [score(tally, scheme.readings.with_decisions({name: word})) for word in READING_VALUES[name]]
        changed = {line.code for card in cards for line in card.lines if line.points != cards[0].line(line.code).points}
        assert changed <= bearing


def test_a_reading_bears_on_a_line_or_on_the_annex():
    """No reading is left without a line or an item that says what it decides."""
    named = {name for kind in PlatformKind for line in scheme_for(kind, 2026).indicators for name in line.readings}
    named |= {paper.reading for kind in PlatformKind for paper in evidence_for(kind, 2026)}
    assert named - {None} == set(ReadingName)


@pytest.mark.parametrize("path", [path for path in sorted(SCHEMES.glob("*.toml")) if path not in TABLES])
def test_the_other_rules_quote_the_regulation_too(path):
    """Deadlines, proofs and the summary's outline quote sentences of regulation.md."""
    table = TomlTable.read(path)
    quotes = [row.text("text") for row in table.tables("items")] if "items" in table else [table.text("text")]
    for quote in quotes:
        assert quote in REGULATION


@pytest.mark.parametrize("kind", PlatformKind)
def test_a_paper_of_the_annex_is_shown_in_its_own_words(kind):
    """What a platform reads of a proof stands word for word in the annex."""
    for paper in evidence_for(kind, 2026):
        assert paper.text in REGULATION


@pytest.mark.parametrize("kind", PlatformKind)
def test_each_table_is_worth_a_hundred_and_fifteen(kind):
    """Base lines are worth 100, the bonus at most 15."""
    scheme = scheme_for(kind, 2026)
    assert sum(scheme.groups.values()) == 100
    assert scheme.bonus_cap == 15


@pytest.mark.parametrize("kind", PlatformKind)
def test_a_scheme_states_the_agreed_defaults(kind):
    """The defaults of every table are the first words of the readings."""
    assert scheme_for(kind, 2026).readings == DEFAULT_READINGS


@pytest.mark.parametrize("kind", PlatformKind)
def test_a_scheme_is_named_after_its_kind_and_first_year(kind):
    scheme = scheme_for(kind, 2026)
    assert (scheme.name, scheme.in_force_from) == (f"{kind}-2021", 2021)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "bonus_cap = 15 ",
            "bonus_cap = 16 ",
            "bonus_resources: a bonus row may take the whole cap, so its full points are the cap",
        ),
        ("base = 100 ", "base = 101 ", "the groups are worth 100, not 101"),
        (
            "bonus_cap = 15 ",
            "bonus_cap = 12 ",
            "bonus_resources: a bonus row may take the whole cap, so its full points are the cap",
        ),
        ("activeness = 35", "activeness = 36", "the groups are worth 101, not 100"),
        (
            "activeness = 35\nkey_activities = 40",
            "activeness = 40\nkey_activities = 35",
            "activeness is worth 40, its lines 35",
        ),
        ("target = 1500", "target = 1400", "participations: 1400 ÷ 100 × 1 is not 15"),
        ("step = 100\noff = 1", "step = 100\noff = 1.5", "participations: 1500 ÷ 100 × 1.5 is not 15"),
        ("step = 10\noff = 1", "step = 20\noff = 2", "needs: 50 ÷ 20 × 2 is not 5"),
        ("grain = 10 ", "grain = 3 ", "online_service: 10 is not made of 3, that of 3, that of 0.001"),
        ('counts = ["activities.brand"]', 'counts = ["activities.other"]', "a fact is counted on two lines"),
        ('code = "brand"', 'code = "digital"', "a code stands on two lines"),
        (
            'rule = "filings"\noff = 1',
            'rule = "ruling"\nruled_by = "province"\ngrain = 1',
            "exactly one line takes the missed filings",
        ),
        (
            'overflow_from = ["brand",',
            'overflow_from = ["website",',
            "other: overflow_from names website, which is no shortfall line here",
        ),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(old, new, said):
    """A slip of the pen in a table fails on loading and is named."""
    assert old in PREFECTURE
    with pytest.raises(SchemeError) as caught:
        parse_scheme("prefecture.toml", PREFECTURE.replace(old, new, 1))
    assert str(caught.value) == f"prefecture-2021: {said}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("bonus_cap = 15 ", "bonus_cap = 15\nmercy = 1 ", ": unknown key mercy"),
        ('unit = "家次"', 'unit = "家次"\ncap = 3', ", indicators 1: unknown key cap"),
        ("collaboration = 25", "collaboration = 25\nluck = 0", ", groups: unknown key luck"),
        (
            'partial_step = "whole"',
            'partial_step = "half"',
            ", readings: 口径partial_step不能取half，可为whole、started、linear",
        ),
        ("press_bonus = true", "press = true", ", readings: press_bonus has no default"),
        ("target = 1500", "target = 1500.5", ", indicators 1: target must be of type int"),
        ("target = 1500", "", ", indicators 1: target is missing"),
        ("full = 15", "full = true", ", indicators 1: full must be of type int"),
        ("off = 1", "off = 0.0001", ", indicators 1: off must be positive, with at most three decimals"),
        ("off = 1", "off = -1", ", indicators 1: off must be positive, with at most three decimals"),
        ('code = "brand"', 'code = "Brand!"', ", indicators 5: code must be a word of small letters, not 'Brand!'"),
        ('rests_on = ["response"]', 'rests_on = ["rumour"]', ", indicators 12: rests_on does not know 'rumour'"),
        ('readings = ["recognition_needs"]', 'readings = ["mood"]', ", indicators 4: readings does not know 'mood'"),
        (
            '"press_bonus", "one_story"]',
            '"press_bonus", "press_bonus"]',
            ", indicators 14: readings names a word twice",
        ),
        (
            '"offline_participations"',
            '"Offline"',
            ", indicators 1: counts must be a word of small letters, not 'Offline'",
        ),
        ('rule = "shortfall"', 'rule = "grace"', ", indicators 1: rule does not know 'grace'"),
        ('kind = "prefecture"', 'kind = "village"', ": kind does not know 'village'"),
        ('"offline_participations"', '"activity_participations"', ", indicators 1: counts names a word twice"),
        ('"press_bonus" }', '"mood" }', ", indicators 14, counts_under: bonus.press does not know 'mood'"),
        ("bonus_cap = 15 ", "bonus_cap = 15\nmercy = 1\nluck = 2 ", ": unknown key luck, mercy"),
        (
            "sixth_rolls_on = false\npress_bonus = true",
            "",
            ", readings: press_bonus, sixth_rolls_on has no default",
        ),
        (
            'partial_step = "whole"',
            'partial_step = "Whole"',
            ", readings: 口径partial_step不能取Whole，可为whole、started、linear",
        ),
        ("off = 1", "off = 0", ", indicators 1: off must be positive, with at most three decimals"),
        ('"offline_participations"', "5", ", indicators 1: counts must be of type str"),
        ("[groups]", "[groups", ": Expected ']' at the end of a table declaration (at line 30, column 23)"),
    ],
)
def test_a_table_of_another_form_is_refused(old, new, said):
    """The schema is closed: unknown keys, missing keys and wrong types fail on loading and are named."""
    assert old in PREFECTURE
    with pytest.raises(TomlError) as caught:
        parse_scheme("prefecture.toml", PREFECTURE.replace(old, new, 1))
    assert str(caught.value) == f"prefecture.toml{said}"


@pytest.mark.parametrize("name", [*PlatformKind, "deadlines", "evidence", "summary"])
def test_a_year_before_the_first_rules_has_none(name):
    """2021 is the first year with rules; 2020 is an error that says so."""
    assert rules_in_force(name, 2021)
    with pytest.raises(NoSchemeError, match="2020"):
        rules_in_force(name, 2020)


def test_a_fault_names_its_file(tmp_path):
    (tmp_path / "later.toml").write_text("", encoding="utf-8")
    with pytest.raises(TomlError) as caught:
        TomlTable.read(tmp_path / "later.toml").whole("in_force_from")
    assert str(caught.value) == "later.toml: in_force_from is missing"


def test_a_later_year_is_a_new_file_beside_the_old(tmp_path, monkeypatch):
    """A file in force from 2030 takes over in 2030, and 2029 stays computable by the old one."""
    (tmp_path / "cluster.toml").write_text(CLUSTER, encoding="utf-8")
    later = CLUSTER.replace("in_force_from = 2021", "in_force_from = 2030")
    (tmp_path / "cluster-2030.toml").write_text(later, encoding="utf-8")
    monkeypatch.setattr(scoring.scheme_files, "SCHEMES", tmp_path)
    find = rules_in_force.__wrapped__
    assert [find("cluster", year).stem for year in (2021, 2029, 2030, 2031)] == ["cluster"] * 2 + ["cluster-2030"] * 2
    with pytest.raises(NoSchemeError):
        find("cluster", 2020)


def test_a_file_is_named_after_the_year_it_begins(tmp_path, monkeypatch):
    """A file whose name and in_force_from disagree is refused: nobody would find the year by its name."""
    (tmp_path / "county.toml").write_text("in_force_from = 2021", encoding="utf-8")
    (tmp_path / "county-2031.toml").write_text("in_force_from = 2030", encoding="utf-8")
    monkeypatch.setattr(scoring.scheme_files, "SCHEMES", tmp_path)
    with pytest.raises(TomlError, match=r"county-2030\.toml"):
        rules_in_force.__wrapped__("county", 2031)


@pytest.mark.parametrize(
    ("year", "day"),
    [(2008, 4), (2020, 4), (2023, 5), (2024, 4), (2025, 4), (2026, 5), (2027, 5), (2028, 4), (2100, 5), (2400, 4)],
)
def test_qingming_follows_the_sun(year, day):
    """清明 falls on 4 or 5 April by its rule."""
    assert qingming(year) == date(year, 4, day)
