"""行政区划: Hunan's divisions as the standard lists them."""

from __future__ import annotations

import pytest

from wxsvc.texts import regions


def test_the_province_has_14_cities_and_122_counties() -> None:
    cities = regions.cities()
    counties = [county for city in cities for county in regions.counties_of(city.code)]
    assert (len(cities), len(counties)) == (14, 122)
    assert len(regions.all_regions()) == 1 + 14 + 122


def test_every_county_carries_its_citys_four_digits() -> None:
    for city in regions.cities():
        assert all(county.code[:4] == city.code[:4] for county in regions.counties_of(city.code))


def test_the_kinds_of_counties_are_as_many_as_the_standard_says() -> None:
    names = [region.name for region in regions.all_regions().values() if region.code[4:] != "00"]
    autonomous = [name for name in names if name.endswith("自治县")]
    assert len([name for name in names if name.endswith("区")]) == 36
    assert len([name for name in names if name.endswith("市")]) == 19
    assert len(autonomous) == 7
    assert len([name for name in names if name.endswith("县")]) - len(autonomous) == 60


@pytest.mark.parametrize(
    ("old", "today"),
    [
        ("430124", "宁乡市"),
        ("430122", "望城区"),
        ("430221", "渌口区"),
        ("430521", "邵东市"),
        ("431121", "祁阳市"),
    ],
)
def test_a_code_of_an_old_licence_leads_to_what_it_is_today(old: str, today: str) -> None:
    region = regions.find(old)
    assert region is not None
    assert region.name == today


def test_a_parks_code_is_no_division() -> None:
    assert regions.find("430371") is None
    assert regions.find("") is None


def test_a_county_is_shown_with_its_city() -> None:
    shown = [regions.all_regions()[code].full_name for code in ("430102", "430100", "433101", "430000")]
    assert shown == ["长沙市芙蓉区", "长沙市", "湘西土家族苗族自治州吉首市", "湖南省"]


def test_a_typed_place_is_found_by_its_beginning_and_an_exact_name_stands_alone() -> None:
    assert [region.code for region in regions.named(" 浏阳 ")] == ["430181"]
    assert [region.name for region in regions.named("长沙")] == ["长沙市", "长沙县"]
    assert [region.name for region in regions.named("南县")] == ["南县"]


@pytest.mark.parametrize("typed", ["", "长", "{place}", "]]>", "<script>", "🚀🚀", "长" * 200])
def test_anything_else_that_is_typed_is_no_place(typed: str) -> None:
    assert regions.named(typed) == ()


@pytest.mark.parametrize(
    "bodies",
    [
        "长沙市工信局",
        "浏阳科技局",
        "中共湘潭县委",
        "湘西土家族苗族自治州人民政府",
        "宁乡市工信局，长沙市科技局",
        "（长沙市）工信局",
    ],
)
def test_a_body_of_a_city_or_county_is_local(bodies: str) -> None:
    assert regions.are_local(bodies)


@pytest.mark.parametrize(
    "bodies",
    [
        "省工信厅",
        "湖南省委",
        "湘潭大学",
        "常德烟草机械有限公司",
        "省工信厅会同长沙市政府",
        "省工信厅（长沙市推荐）",
        "工信部(经长沙市工信局申报)",
        "人力资源社会保障部",
        "",
        "、",
    ],
)
def test_what_is_of_province_or_country_or_no_office_is_not(bodies: str) -> None:
    assert not regions.are_local(bodies)
