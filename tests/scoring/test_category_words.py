"""The regulation's own words propose a category; what it lists twice is asked."""

from __future__ import annotations

import pytest

from scoring.category_words import propose
from scoring.scheme_files import scheme_for
from scoring.terms import ActivityCategory, IndicatorCode, PlatformKind
from scoring.words import category_words

BRAND, INNOVATION, DIGITAL, LISTING, STARTUP = list(ActivityCategory)[:5]


@pytest.mark.parametrize("kind", PlatformKind)
@pytest.mark.parametrize("category", ActivityCategory)
def test_every_word_stands_in_its_categorys_sentence(kind, category):
    """Whoever doubts a proposal finds the word in the text, in all three tables."""
    line = scheme_for(kind, 2026).indicator(IndicatorCode(category.value))
    for word in category_words(category):
        assert word in line.name + line.text, word


def test_a_word_stands_under_every_category_whose_sentence_has_it():
    """No word proposes one category while another's sentence lists it as well."""
    every = {word for category in ActivityCategory for word in category_words(category)}
    for category in ActivityCategory:
        line = scheme_for(PlatformKind.PREFECTURE, 2026).indicator(IndicatorCode(category.value))
        assert {word for word in every if word in line.name + line.text} == set(category_words(category)), category


@pytest.mark.parametrize(
    ("title", "categories", "words"),
    [
        ("专利布局专题培训", [INNOVATION], ["专利布局"]),
        ("质量诊断进园区", [BRAND], ["质量诊断"]),
        ("两化融合管理体系贯标宣贯会", [DIGITAL], ["两化融合", "管理体系贯标"]),
        ("上市咨询沙龙", [LISTING], ["上市咨询"]),
        ("创业创新大赛赛前辅导", [STARTUP], ["创业创新大赛", "赛前辅导"]),
        ("中小企业数字化转型诊断", [DIGITAL], ["数字化", "诊断"]),
        ("大中小企业融通对接会", [STARTUP], ["大中小企业融通"]),
        ("秋季项目路演", [LISTING, STARTUP], ["项目路演"]),
        ("项目路演暨上市辅导", [LISTING], ["项目路演", "上市辅导"]),
        ("企业专利布局辅导会", [INNOVATION], ["专利布局"]),
        ("免费诊断", [BRAND, DIGITAL, STARTUP], ["诊断"]),
        ("专利与融资", [INNOVATION, LISTING], ["专利", "融资"]),
        ("专利、专利、融资", [INNOVATION, LISTING], ["专利", "融资"]),
        ("赛前辅导、路演、创业创新大赛", [STARTUP], ["赛前辅导", "路演", "创业创新大赛"]),
        ("银企座谈会", [], []),
        ("", [], []),
    ],
)
def test_the_words_of_a_title_propose(title, categories, words):
    """One fitting category is proposed, several are asked, none is left to the person."""
    found = propose(title)
    assert (list(found.categories), list(found.words)) == (categories, words)
    assert found.only is (categories[0] if len(categories) == 1 else None)
