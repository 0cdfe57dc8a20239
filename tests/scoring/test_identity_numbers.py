"""居民身份证号: a person's number is no company's code, and no company's code is a person's number."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from scoring import uscc
from scoring.identity_numbers import PROVINCES, check_character, has_licence_check, is_identity_number
from tests import builders
from wxsvc.texts import regions

BOTH = "430102209705148431"
"""Made up, of nobody: it ends in the right character for a person and for a company."""


def made_up(draw: random.Random, provinces: list[str]) -> str:
    """A number as it is issued, of nobody."""
    born = date(1900, 1, 1) + timedelta(days=draw.randrange(46_000))
    first = f"{draw.choice(provinces)}{draw.randrange(10_000):04}{born:%Y%m%d}{draw.randrange(1000):03}"
    return first + check_character(first)


def test_the_standards_example_is_a_persons_number() -> None:
    assert is_identity_number("11010519491231002X")
    assert is_identity_number("440524188001010014") is False  # nobody born before 1900 comes to an event
    assert not is_identity_number("110105194912310021")  # 11 is a public body's too, and the check is wrong


def test_no_number_of_a_person_is_a_companys_code() -> None:
    """Three in a hundred would be, were the company's check alone asked."""
    draw = random.Random(1)
    numbers = [made_up(draw, sorted(PROVINCES)) for _ in range(20_000)]
    passing = [each for each in numbers if uscc.check_character(each) == each[-1]]
    assert len(passing) > 500
    assert not any(uscc.is_valid(each) for each in numbers)
    assert all(is_identity_number(each) for each in numbers)
    assert not uscc.is_valid(BOTH)


def test_no_code_of_a_company_is_taken_for_a_person() -> None:
    """Also where the division ends in 19 or 20 and all the rest are digits that look like a day of birth."""
    draw = random.Random(2)
    for _ in range(20_000):
        kind, year = draw.choice(["91", "92", "93"]), draw.choice(["19", "20"])
        day = date(1950, 1, 1) + timedelta(days=draw.randrange(27_000))
        first = f"{kind}{draw.choice(['3101', '5001', '1101', '9431'])}{year}{day:%y%m%d}{draw.randrange(1000):03}"
        assert uscc.is_valid(first + uscc.check_character(first))
        assert uscc.is_valid(builders.uscc(draw.randrange(10_000_000), start=f"{kind}430100"))


def test_a_public_body_of_hunan_is_never_taken_for_a_person() -> None:
    assert not any(code.endswith(("19", "20")) for code in regions.all_regions())
    draw = random.Random(3)
    for start in ("11", "12", "13", "51", "52", "53"):
        for _ in range(2000):
            region = draw.choice(list(regions.all_regions()))
            first = f"{start}{region}{draw.randrange(10**9):09}"
            assert uscc.is_valid(first + uscc.check_character(first))


def test_elsewhere_one_body_in_a_thousand_is() -> None:
    """The share that the module's text gives: of codes of digits alone, at a division that ends in 19 or 20."""
    draw = random.Random(4)
    bodies = [f"12310120{draw.randrange(10**9):09}" for _ in range(60_000)]
    taken = sum(is_identity_number(first + uscc.check_character(first)) for first in bodies)
    assert 0.0008 < taken / len(bodies) < 0.0016


def test_a_slip_in_a_persons_number_makes_no_company_where_none_begins_so() -> None:
    draw = random.Random(5)
    for _ in range(5000):
        number = made_up(draw, ["43", "42", "36", "44"])
        assert is_identity_number(number[:-1] + draw.choice("0123456789X"))


@pytest.mark.parametrize(
    ("number", "is_persons"),
    [
        ("430102900101123", True),
        ("430102991331123", False),  # no such day
        ("430100000012345", False),
        ("430200000012345", False),
        ("110105491231003", True),
        ("110105491231002", False),  # the one in ten that ends as a licence does
        ("990102900101123", False),  # no such province
        ("43010290010112", False),
        ("43010290010112X", False),
    ],
)
def test_fifteen_digits(number: str, is_persons: bool) -> None:
    assert is_identity_number(number) is is_persons


def test_a_licence_with_the_right_check_digit_is_a_licence() -> None:
    """Whatever stands at the place of a day of birth."""
    assert has_licence_check("110108000000016")  # the standard's worked example
    for serial in range(19_010_100, 19_013_200):
        (licence,) = (n for last in range(10) if has_licence_check(n := f"430100{serial}{last}"))
        assert not is_identity_number(licence)


@pytest.mark.parametrize(
    "typed", ["430102 20970514 8431", "４３０１０２２０９７０５１４８４３１", "430102-2097-0514-8431"]
)
def test_it_is_told_however_it_is_typed(typed: str) -> None:
    assert is_identity_number(uscc.normalise(typed))
    assert is_identity_number(uscc.normalise("11010519491231002ｘ"))


def test_foreign_residents_of_hunan_are_persons_too() -> None:
    first = "94384019800101001"
    assert is_identity_number(first + check_character(first))
    first = "91184019800101001"
    assert not is_identity_number(first + check_character(first))  # it might be a company's
