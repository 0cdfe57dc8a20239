"""企业名称: two spellings of one name meet in one normal form."""

from __future__ import annotations

import pytest

from tests.builders import HOSTILE_NAMES
from wxsvc.texts.names import clean, is_comparable, kin, normal_form, stem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("长沙精工（集团）有限公司", "长沙精工(集团)有限公司"),
        ("长沙 精工 有限公司", "长沙精工有限公司"),
        ("凤凰阿·朵银饰有限公司", "凤凰阿•朵银饰有限公司"),
        ("凤凰阿朵银饰有限公司", "凤凰阿・朵银饰有限责任公司"),
        ("湖南ＡＢＣ科技有限公司", "湖南abc科技有限公司"),
        ("长沙精\u200b工有限公司", "长沙精工有限公司\n"),
        ("长沙精\u3000工有限公司", "长沙精工有限公司"),
    ],
)
def test_spellings_of_one_name_have_one_form(one: str, other: str) -> None:
    assert normal_form(one) == normal_form(other)


def test_the_legal_form_stands_apart_so_that_a_name_is_found_with_any() -> None:
    assert normal_form("长沙精工股份有限公司") == "长沙精工 股份有限公司"
    assert normal_form("长沙精工有限责任公司") == "长沙精工 有限公司"
    assert stem("长沙精工股份有限公司") == stem("长沙精工公司") == stem("长沙精工")


def test_a_branch_is_a_name_of_its_own() -> None:
    branch = "长沙精工有限公司株洲分公司"
    assert normal_form(branch) == branch


def test_a_name_that_is_nothing_but_a_legal_form_stays() -> None:
    assert stem("有限公司") == "有限公司"
    assert stem("公司") == "公司"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_has_a_form_that_is_its_own_form(name: str) -> None:
    assert stem(stem(name)) == stem(name) != ""


def test_a_name_of_nothing_visible_has_an_empty_form() -> None:
    assert normal_form(" ·\u200b ") == ""


def test_kin_are_all_forms_with_one_stem() -> None:
    forms = kin("长沙精工有限责任公司")
    assert forms[0] == "长沙精工 有限公司"
    assert set(forms) == {
        normal_form(each) for each in ("长沙精工", "长沙精工公司", "长沙精工有限公司", "长沙精工股份有限公司")
    }
    assert kin("长沙精工厂")[:2] == ("长沙精工厂", "长沙精工厂 股份有限公司")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("长沙\U0002ebf0金属材料有限公司", "长沙金属材料有限公司"),  # newer than this Python
        ("长沙\ue000金属材料有限公司", "长沙金属材料有限公司"),
        ("长沙\ue000金属材料有限公司", "长沙\ue001金属材料有限公司"),
        ("长沙\u0378金属有限公司", "长沙金属有限公司"),
        ("长沙\U000e0100金属有限公司", "长沙金属有限公司"),
        ("长沙①号金属有限公司", "长沙1号金属有限公司"),
        ("长沙M²金属有限公司", "长沙M2金属有限公司"),
        ("长沙㈱金属有限公司", "长沙(株)金属有限公司"),
        ("长沙Ⅱ金属有限公司", "长沙II金属有限公司"),
        ("长沙㎡金属有限公司", "长沙m2金属有限公司"),
        ("长沙é金属有限公司", "长沙e金属有限公司"),
        ("长沙Straße有限公司", "长沙Strasse有限公司"),
        ("长沙鉄金属有限公司", "长沙铁金属有限公司"),
        ("长沙?金属有限公司", "长沙金属有限公司"),
    ],
)
def test_every_sign_with_a_shape_tells_names_apart(one: str, other: str) -> None:
    assert normal_form(one) != normal_form(other)
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("⻓沙⾦⽔有限公司", "长沙金水有限公司"),  # radicals, as a PDF gives them
        ("长沙\uf90a属有限公司", "长沙金属有限公司"),
        ("长沙\ue81e有限公司", "长沙\u9fb4有限公司"),  # GBK's private codes, and what they are
        ("长沙\ue816有限公司", "长沙\U00020087有限公司"),
        ("长沙\ue863有限公司", "长沙䶮有限公司"),
        ("长沙e\u0301有限公司", "长沙É有限公司"),
        ("长沙ｶﾞ有限公司", "长沙ガ有限公司"),
        ("长沙﹙集团﹚有限公司", "长沙︵集团︶有限公司"),
        ("长沙\u2066精\u2069工\ufeff\u00ad有限公司", "长沙精工有限公司"),
    ],
)
def test_one_sign_in_two_codes_is_one_sign(one: str, other: str) -> None:
    assert normal_form(one) == normal_form(other)
    assert is_comparable(one)


def test_the_private_codes_are_those_of_the_standard() -> None:
    """Each is in the place that GB 18030 gives it, and what it became is no private code."""
    double = [0xFE00 + low for low in (*range(0x50, 0x7F), *range(0x80, 0xA1))]
    for place, code in enumerate(double):
        decoded = code.to_bytes(2, "big").decode("gb18030")
        private = chr(0xE815 + place)
        assert normal_form(private) == normal_form(decoded)
        assert is_comparable(private)


@pytest.mark.parametrize(
    "sign", [*"?？*＊□〓●_×…\ufffd\ue000\uf8ff\u0378\ufdd0", "\U000f0000", "\U0001fffe", "\U0002ffff"]
)
def test_a_sign_that_does_not_say_which_it_is_is_compared_by_a_person(sign: str) -> None:
    assert not is_comparable(f"长沙{sign}金属有限公司")


@pytest.mark.parametrize(
    "name", ["长沙\U0002ebf0金属", "𠮷田", "䶮厂", "\U00031350厂", "\U000323b0厂", "A+B（集团）公司", "ཨོཾ", "7-11", ""]
)
def test_a_rare_sign_says_which_it_is(name: str) -> None:
    assert is_comparable(name)


def test_the_form_of_a_form_is_itself_and_does_not_ask_what_python_knows() -> None:
    for code in (*range(0x20, 0xD800), *range(0xE000, 0x10000), *range(0x1F000, 0x32500)):
        once = stem(f"企{chr(code)}业")
        assert stem(once) == once


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (" 长沙\u200b精工\ufeff ", "长沙精工"),
        ("长沙\t\n精工", "长沙 精工"),
        ("长沙精工_x000D_\n", "长沙精工"),
        ("长沙_x0041_精工", "长沙_x0041_精工"),
        ("\u202e长沙精工\u202c", "长沙精工"),
        ("👨\u200d👩\u200d👧 家庭服务", "👨\u200d👩\u200d👧 家庭服务"),
        ("长沙\u200d精工", "长沙精工"),
        ("\u200b\u00ad", ""),
    ],
)
def test_a_name_is_kept_as_it_is_read(typed: str, read: str) -> None:
    """Nobody sees what goes; what makes another picture of two stays."""
    assert clean(typed) == read


@pytest.mark.parametrize("sign", list("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"))
def test_a_letter_that_nobody_sees_tells_no_names_apart(sign: str) -> None:
    assert clean(f"{sign}长沙{sign}精工有限公司{sign}") == "长沙精工有限公司"
    assert normal_form(f"长沙{sign}精工有限公司") == normal_form("长沙精工有限公司")
