"""Phones and names go in readable and lie in the database unreadable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxsvc.texts.masks import mask_name, mask_openid, mask_phone
from wxsvc.vault import Vault, VaultError

OLD, NEW = "o" * 32, "n" * 32


@given(st.text())
def test_what_goes_in_comes_out(text: str) -> None:
    vault = Vault([NEW])
    assert vault.decrypt(vault.encrypt(text)) == text


def test_the_same_phone_never_looks_the_same() -> None:
    vault = Vault([NEW])
    first, second = vault.encrypt("13812341234"), vault.encrypt("13812341234")
    assert first != second
    assert "13812341234" not in first


def test_a_former_secret_still_opens_and_is_renewed() -> None:
    closed = Vault([OLD]).encrypt("王小明")
    both = Vault([NEW, OLD])
    assert both.decrypt(closed) == "王小明"
    assert Vault([NEW]).decrypt(both.renew(closed)) == "王小明"


@pytest.mark.parametrize("use", [Vault.decrypt, Vault.renew])
def test_a_foreign_or_altered_text_is_refused_clearly(use) -> None:  # type: ignore[no-untyped-def]
    closed = Vault([OLD]).encrypt("王小明")
    for wrong in (closed, closed[:-4] + "AAA=", "", "王小明"):
        with pytest.raises(VaultError, match="WXSVC_OLD_SECRET_KEYS"):
            use(Vault([NEW]), wrong)


def test_a_phone_is_found_by_its_fingerprint_even_after_the_secret_changed() -> None:
    written = Vault([OLD]).lookup("13812341234")
    assert written in Vault([NEW, OLD]).lookups("13812341234")
    assert written != Vault([NEW]).lookup("13812341234")
    assert len(written) == 32


def test_a_vault_without_a_secret_is_no_vault() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Vault([])


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812341234", "138****1234"),
        ("0731-88886666", "073****6666"),
        ("88886666", "******66"),
        ("110", "****"),
        ("", "****"),
    ],
)
def test_phones_are_masked(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("name", "shown"), [("王小明", "王**"), ("王明", "王*"), ("欧阳震华", "欧**"), ("王", "*"), ("", "")]
)
def test_names_are_masked(name: str, shown: str) -> None:
    assert mask_name(name) == shown


def test_an_openid_keeps_its_identity_and_loses_its_value() -> None:
    assert mask_openid("oAbC") == mask_openid("oAbC") != mask_openid("oAbD")
    assert "AbC" not in mask_openid("oAbC")
