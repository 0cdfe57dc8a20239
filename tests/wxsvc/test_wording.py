"""Every sentence comes from a template, and what people are called comes out as it went in."""

from __future__ import annotations

import inspect
import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from importlib import resources
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from models import terms
from models.terms import Stage
from scoring.terms import Obligation, Part
from wxsvc.uploads.filetypes import FileFault
from wxsvc.wording import (
    REPLY_BYTES,
    TemplatePurpose,
    beijing,
    clip,
    clock,
    day,
    environment,
    filing_name,
    points,
    quoted,
    reply,
    sentence,
    word,
)

NEW_YEAR = datetime(2026, 1, 3, 16, 30, tzinfo=UTC)


def test_an_instant_is_shown_in_beijing_time() -> None:
    assert beijing(NEW_YEAR) == "2026年1月4日 00:30"
    assert clock(NEW_YEAR) == "00:30"
    with pytest.raises(ValueError, match="zone"):
        beijing(NEW_YEAR.replace(tzinfo=None))


def test_a_day_is_shown_with_its_weekday() -> None:
    assert day(NEW_YEAR) == day(date(2026, 1, 4)) == "1月4日（周日）"


def test_what_is_filed_in_january_says_that_its_month_is_of_the_year_before() -> None:
    assert filing_name(Obligation.DATA, "2026-11") == "11月报送的10月平台数据"
    assert filing_name(Obligation.DATA, "2026-01") == "1月报送的上年12月平台数据"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("13.50"), "13.5"),
        (Decimal("15.000"), "15"),
        (Decimal("100"), "100"),
        (Decimal("0.0"), "0"),
        (Decimal("0.001"), "0.001"),
        (7, "7"),
    ],
)
def test_points_have_no_trailing_zeros(value: Decimal | int, shown: str) -> None:
    assert points(value) == shown


def test_points_are_never_floats() -> None:
    with pytest.raises(TypeError):
        points(13.5)  # type: ignore[arg-type]


@given(st.text(), st.integers(3, 60))
def test_a_clipped_text_fits_and_is_a_beginning(text: str, size: int) -> None:
    clipped = clip(text, size)
    assert len(clipped.encode()) <= size
    assert clipped == text or text.startswith(clipped.removesuffix("…"))


ENUMS = [enum for _, enum in inspect.getmembers(terms, inspect.isclass) if issubclass(enum, Enum) and list(enum)]


@pytest.mark.parametrize("member", [member for enum in ENUMS for member in enum], ids=repr)
def test_every_word_of_the_memory_has_its_label(member: Enum) -> None:
    assert word(member)


@pytest.mark.parametrize("reason", list(FileFault))
def test_every_reason_to_refuse_a_file_has_its_sentence(reason: FileFault) -> None:
    assert sentence("file_refusals", reason).endswith("。")


def test_labels() -> None:
    assert word(Stage.SUBMITTED) == "待审核"
    assert word("awaited", "standing") == "待评定"
    assert word(Part.HOST) == "主办"
    with pytest.raises(KeyError, match="stage"):
        word("unheard_of", "stage")
    with pytest.raises(KeyError, match="section"):
        word("draft")


@dataclass
class Card:
    """As much of a platform's card as the reply about places shows."""

    name: str
    total: Decimal = Decimal("13.50")
    awaited: Decimal = Decimal(0)

    @property
    def platform(self) -> Card:
        return self

    code = "430100"


AWKWARD = ["{{ 7 * 7 }}", "a]]>b", "<script>alert(1)</script>", "湘潭🚀", "长" * 200, "a & b", "{% raw %}"]


@pytest.mark.parametrize("name", AWKWARD)
def test_a_reply_repeats_a_name_as_it_is(name: str) -> None:
    assert environment(TemplatePurpose.REPLIES).from_string("{{ name }}").render(name=name) == name


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("惠企政策宣讲会", "“惠企政策宣讲会”"),
        ("技术创新“破零倍增”专题辅导", "“技术创新‘破零倍增’专题辅导”"),
        ("“湖湘精品”与“专精特新”", "“‘湖湘精品’与‘专精特新’”"),
        ("少了一半”的标题", "“少了一半”的标题”"),
        ("只有一半“的标题", "“只有一半“的标题”"),
    ],
)
def test_quotation_marks_within_others_are_single(title: str, shown: str) -> None:
    assert quoted(title) == shown
    assert reply("cancelled", outcome={"activity_title": title, "platform_phone": ""}).startswith(f"{shown}已取消")


def test_a_reply_fits_what_wechat_takes() -> None:
    said = reply("places", cards=[Card(name="长" * 200)] * 40, is_more=False, base="https://wx.example.cn")
    assert len(said.encode()) <= REPLY_BYTES
    assert "\n…\n" in said


def test_a_reply_drops_what_xml_forbids_and_nothing_else() -> None:
    said = reply("places", cards=[Card(name="a\x00\x1b\ud800\uffff]]>🚀")], is_more=False, base="")
    assert ">a]]>🚀<" in said


def test_a_page_escapes_what_it_is_given() -> None:
    page = environment(TemplatePurpose.PAGES).from_string("{{ name }}").render(name="<b>")
    assert page == "&lt;b&gt;"


@pytest.mark.parametrize("purpose", list(TemplatePurpose))
def test_a_name_that_nobody_gave_is_an_error(purpose: TemplatePurpose) -> None:
    with pytest.raises(UndefinedError):
        environment(purpose).from_string("{{ nobody }}").render()


def test_filters_are_at_hand_in_every_purpose() -> None:
    text = "{{ when|beijing }} {{ p|points }} {{ stage|word }}"
    facts = {"when": NEW_YEAR, "p": Decimal("4.50"), "stage": Stage.DRAFT}
    for purpose in TemplatePurpose:
        shown = environment(purpose).from_string(text).render(facts)
        assert shown == "2026年1月4日 00:30 4.5 草稿"


def test_an_unknown_sentence_is_an_error() -> None:
    with pytest.raises(KeyError, match="has no sentence"):
        sentence("file_refusals", "unheard_of")


def test_a_reply_that_is_too_long_keeps_whole_lines_and_its_link() -> None:
    """Eight titles of two hundred characters and the address of all of them are too much for one message."""
    arrivals = [SimpleNamespace(checked_in_at=NEW_YEAR, activity_title=f"{number}" + "长" * 199) for number in range(8)]
    said = reply("my_check_ins", arrivals=arrivals, link="https://window.example.cn/mine")
    assert said.endswith('<a href="https://window.example.cn/mine">查看全部</a>')
    assert all(f" {number}长" in said for number in range(8))
    platform = SimpleNamespace(code="C" * 20, name="名" * 80)
    cards = [SimpleNamespace(platform=platform, total=Decimal(1), awaited=Decimal(2)) for _ in range(30)]
    said = reply("places", cards=cards, is_more=True, base="https://window.example.cn")
    assert len(said.encode()) <= 2048
    assert said.count("<a ") == said.count("</a>") > 8
    assert "\n…\n" in said


def test_no_result_of_a_template_message_is_too_long_to_be_sent() -> None:
    """WeChat takes five signs of a ``phrase``; a longer one stays in the inbox, and nobody's phone rings."""
    table = tomllib.loads((resources.files("wxsvc") / "templates" / "notices.toml").read_text("utf-8"))
    for purpose, said in table.items():
        words = re.split(r"{[%{].*?[%}]}", said["result"], flags=re.DOTALL)
        words += re.findall(r"'([^']*)'", "".join(re.findall(r"{{.*?}}", said["result"], flags=re.DOTALL)))
        chinese = [word.strip() for word in words if not word.isascii()]
        assert [word for word in chinese if len(word) > 5] == [], purpose
