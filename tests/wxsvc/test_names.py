"""企业名称: two spellings of one name meet in one normal form."""

from __future__ import annotations

import pytest

from tests.builders import HOSTILE_NAMES
from wxsvc.names import kin, normal_form, stem


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
