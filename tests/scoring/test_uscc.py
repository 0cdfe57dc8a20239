"""The 18-character code: which are right, what a slip looks like, and what a code says."""

from __future__ import annotations

import pytest
import stdnum.cn.uscc
from hypothesis import given
from hypothesis import strategies as some

from scoring.terms import UsccKind
from scoring.uscc import ALPHABET, check_character, is_valid, kind_of, licence_suggestion, normalise, suggestion

VALID = ["91350100M000100Y43", "9144030071526726XG", "914403001922038216", "91330100799655058B", "91110108551385082Q"]
firsts = some.text(ALPHABET, min_size=17, max_size=17).filter(lambda first: first[0] != "0")


@pytest.mark.parametrize("code", VALID)
def test_real_codes_are_valid(code):
    """The standard's worked example and codes of known companies pass."""
    assert is_valid(code)
    assert stdnum.cn.uscc.is_valid(code)


@pytest.mark.parametrize(
    "code",
    ["", "91350100M000100Y4", "91350100M000100Y4Z", "91350100M000100Y44", "91350100m000100y43", "9" * 19, "0" * 18],
)
def test_wrong_codes_are_not(code):
    """A wrong length, letter, case or check character fails, and zeros that say that there is no code."""
    assert not is_valid(code)


@given(firsts, some.integers(0, 17), some.sampled_from(ALPHABET))
def test_any_single_slip_is_noticed(first, place, sign):
    """Changing one character of a valid code always makes it invalid."""
    code = first + check_character(first)
    slipped = code[:place] + sign + code[place + 1 :]
    assert is_valid(code)
    assert is_valid(slipped) == (slipped == code)


@given(some.from_regex(r"[0-9]{8}", fullmatch=True), some.text(ALPHABET, min_size=9, max_size=9))
def test_we_agree_with_stdnum_where_it_knows_the_form(digits, rest):
    """The check character is the one that python-stdnum computes."""
    first = digits + rest
    assert check_character(first) == stdnum.cn.uscc.calc_check_digit(first)


@given(some.sampled_from("NAY"), some.text(ALPHABET, min_size=16, max_size=16))
def test_codes_of_other_departments_are_valid_too(department, rest):
    """Codes of rural collectives and of departments with letters are real codes."""
    assert is_valid(department + rest + check_character(department + rest))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (" 91350100-m000100y43\n", "91350100M000100Y43"),
        ("９１３５０１００Ｍ０００１００Ｙ４３", "91350100M000100Y43"),
        ("9135 0100　M000—100Y43\u200b", "91350100M000100Y43"),
        ("'91350100M000100Y43", "91350100M000100Y43"),
        ("“91350100M000100Y43”", "91350100M000100Y43"),
        ("统一社会信用代码/注册号：91350100M000100Y43", "91350100M000100Y43"),
        ("91350100M000100Y43（副本）1-1", "91350100M000100Y43"),
        ("91350100M000100Y43(1-1)。", "91350100M000100Y43"),
        ("长沙91350100M000100Y43", "长沙91350100M000100Y43"),
        ("代码：123", "代码:123"),
    ],
)
def test_what_is_typed_becomes_what_is_stored(typed, code):
    """Full-width signs, spaces, dashes and small letters do not matter."""
    assert normalise(typed) == code


@pytest.mark.parametrize(
    ("mistyped", "proposed"),
    [
        ("9I350100M000100Y43", "91350100M000100Y43"),
        ("91350100MO00100Y43", "91350100M000100Y43"),
        ("91330100799655O58B", "91330100799655058B"),
        ("9144030071S26726XG", "9144030071526726XG"),
        ("9I350100MO00100Y43", None),
        ("9I350100M000100Y44", None),
        ("91350100M000100YV3", None),
        ("91350100M000100Y44", None),
        ("91350100M000100Y43", None),
    ],
)
def test_a_correction_is_proposed_only_when_it_is_the_only_one(mistyped, proposed):
    """Exactly one look-alike letter, and a code that is right once it is replaced."""
    assert suggestion(mistyped) == proposed


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("4301000000O2345", "430100000002345"),
        ("43OlO0000012345".upper(), "430100000012345"),
        ("43010000001234S", "430100000012345"),
        ("430100ZI23456", "4301002123456"),
        ("430100000012345", None),
        ("4301000000A2345", None),
        ("4301000000O234", None),
        ("XZ1234567890I", None),
    ],
)
def test_an_older_licence_has_digits_alone(typed, meant):
    """13 and 15 of them; a letter that looks like a digit stands for it, any other says that this is something else."""
    assert licence_suggestion(typed) == meant


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("91350100M000100Y43", UsccKind.ENTERPRISE),
        ("92" + "0" * 16, UsccKind.SOLE_TRADER),
        ("93" + "0" * 16, UsccKind.COOPERATIVE),
        ("N2" + "0" * 16, UsccKind.RURAL_COLLECTIVE),
        ("11" + "0" * 16, UsccKind.PUBLIC_BODY),
        ("12" + "0" * 16, UsccKind.PUBLIC_BODY),
        ("51" + "0" * 16, UsccKind.SOCIAL_ORGANISATION),
        ("81" + "0" * 16, UsccKind.TRADE_UNION),
        ("99" + "0" * 16, UsccKind.OTHER),
        ("", UsccKind.OTHER),
    ],
)
def test_the_first_characters_tell_the_kind(code, kind):
    """Enterprises, sole traders, cooperatives, public bodies and social organisations are told apart."""
    assert kind_of(code) is kind
