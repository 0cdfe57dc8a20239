"""企业名称: the normal form that names are found by. A name is a label, never an identity."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).with_name("names.toml")


def normal_form(name: str) -> str:
    """The stem, and after one space the legal form (``长沙精工 有限公司``); two spellings of a name have one form.

    Full-width letters and brackets become half-width, capitals small; spaces, dots and invisible characters go. A
    branch (分公司) has no legal form of its own and stays whole.
    """
    whole, legal_form = _split(name)
    return f"{whole} {legal_form}" if legal_form else whole


def stem(name: str) -> str:
    """The normal form without the legal form: what one searches for."""
    return _split(name)[0]


def kin(name: str) -> tuple[str, ...]:
    """Every normal form that has the name's stem: itself, and the same stem with each other legal form or none."""
    whole = stem(name)
    forms = (f"{whole} {legal_form}" for legal_form in _table()["legal_forms"].values())
    return tuple(dict.fromkeys((normal_form(name), whole, *forms)))


def _split(name: str) -> tuple[str, str]:
    table = _table()
    folded = unicodedata.normalize("NFKC", name).casefold()
    kept = "".join(c for c in folded if c not in table["dots"] and unicodedata.category(c)[0] not in "ZC")
    if kept not in table["legal_forms"] and not kept.endswith(table["branch"]["ending"]):
        for ending, legal_form in table["legal_forms"].items():
            if kept.endswith(ending):
                return kept.removesuffix(ending), legal_form
    return kept, ""


@cache
def _table() -> Mapping[str, Any]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)
