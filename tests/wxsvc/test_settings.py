"""What an operator may set, and what is refused before anything starts."""

from __future__ import annotations

import os
import stat
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from models.terms import NoticePurpose
from wxsvc.message_templates import DEFAULT_KEYS, NOTICE_WORDS, PURPOSES
from wxsvc.settings import (
    Development,
    Mode,
    Settings,
    SettingsError,
    WeChat,
)
from wxsvc.wording import TEMPLATES

REAL = {
    "WXSVC_WECHAT": "real",
    "WXSVC_WECHAT_APP_ID": "wx00112233445566ff",
    "WXSVC_WECHAT_APP_SECRET": "0123456789abcdef0123456789abcdef",
    "WXSVC_WECHAT_TOKEN": "sometoken",
    "WXSVC_WECHAT_AES_KEY": Development.AES_KEY,
    "WXSVC_PUBLIC_URL": "https://wx.example.cn/",
    "WXSVC_SECRET_KEY": "k" * 32,
}


@pytest.fixture(autouse=True)
def _in_an_empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def set_all(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_nothing_set_gives_the_embedded_profile() -> None:
    settings = Settings()
    assert settings.is_embedded
    assert settings.database_url == "sqlite:///var/wxsvc.db"
    assert settings.broker_url == "memory://"
    assert settings.wechat is WeChat.SIMULATOR
    assert settings.wechat_mode is Mode.SAFE
    assert settings.files_dir == Path("var/files")
    assert not Path("var").exists(), "reading settings touches no disk"


def test_settings_are_immutable() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().backfill_days = 3  # type: ignore[misc]


@pytest.mark.parametrize("spelling", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_means_psycopg(spelling: str) -> None:
    url = Settings(database_url=f"{spelling}://me:p@127.0.0.1/db").database_url
    assert url == "postgresql+psycopg://me:p@127.0.0.1/db"


def test_own_credentials_work_with_the_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(
        monkeypatch,
        {
            "WXSVC_DATABASE_URL": "postgresql://127.0.0.1/db",
            "WXSVC_WECHAT_TOKEN": "benchtoken",
            "WXSVC_WECHAT_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
            "WXSVC_WECHAT_APP_ID": "wxfedcba0987654321",
        },
    )
    settings = Settings()
    assert (settings.wechat_token, settings.wechat_mode) == ("benchtoken", Mode.SAFE)
    assert len(settings.secret_keys[0]) >= 32


def test_own_token_without_aes_key_means_plain_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXSVC_WECHAT_TOKEN", "benchtoken")
    assert Settings().wechat_mode is Mode.PLAIN


def test_the_real_wechat_with_all_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, REAL)
    settings = Settings()
    assert settings.wechat_api_base_url == "https://api.weixin.qq.com"
    assert settings.public_url == "https://wx.example.cn"
    assert settings.secret_keys == ("k" * 32,)


def test_everything_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXSVC_WECHAT", "real")
    monkeypatch.setenv("WXSVC_BACKFILL_DAYS", "many")
    with pytest.raises(SettingsError) as refused:
        Settings()
    named = {problem.split(":")[0].split()[0] for problem in refused.value.problems}
    assert named == {
        "WXSVC_WECHAT_APP_ID",
        "WXSVC_WECHAT_APP_SECRET",
        "WXSVC_WECHAT_TOKEN",
        "WXSVC_PUBLIC_URL",
        "WXSVC_SECRET_KEY",
        "WXSVC_BACKFILL_DAYS",
    }


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"WXSVC_SECRET_KEY": "short"}, "WXSVC_SECRET_KEY: .* at least 32"),
        ({"WXSVC_PUBLIC_URL": "http://wx.example.cn"}, "WXSVC_PUBLIC_URL begins with https"),
        ({"WXSVC_WECHAT_AES_KEY": "tooshort"}, "WXSVC_WECHAT_AES_KEY: .*43"),
        ({"WXSVC_WECHAT_AES_KEY": "", "WXSVC_WECHAT_MODE": "safe"}, "WXSVC_WECHAT_AES_KEY is missing"),
        ({"WXSVC_WECHAT": "simulator"}, "WXSVC_WECHAT_APP_SECRET looks like a real one"),
        ({"WXSVC_DATABASE_URL": "mysql://x"}, "WXSVC_DATABASE_URL: begins with"),
        ({"WXSVC_DATABASE_URL": "sqlite:///"}, "WXSVC_DATABASE_URL: names a file"),
        ({"WXSVC_DATABASE_URL": "postgresql://u:hidden@h:port/db"}, "WXSVC_DATABASE_URL: .*its port is a number"),
        ({"WXSVC_DATABASE_URL": "postgresql://u:hid@den@h/db"}, "WXSVC_DATABASE_URL: .*is written %40"),
        ({"WXSVC_DATABASE_URL": "postgresql://u:hid@d/den@h/db"}, "WXSVC_DATABASE_URL: .*is written %40"),
        ({"WXSVC_DATABASE_URL": "postgresql://h/db?sslmod=require"}, "WXSVC_DATABASE_URL: .*sslmod"),
        ({"WXSVC_BROKER_URL": "filesystem://"}, "WXSVC_BROKER_URL: begins with"),
        ({"WXSVC_BROKER_URL": "redis://h:99999"}, "WXSVC_BROKER_URL: .*its port is a number"),
        ({"WXSVC_BROKER_URL": "redis://u:hid/den@h/0"}, "WXSVC_BROKER_URL: .* are written %2F"),
        ({"WXSVC_BROKER_URL": "redis://:hid@den@h/0"}, "WXSVC_BROKER_URL: .*is written %40"),
        ({"WXSVC_BROKER_URL": "amqp://u:hid@d/den@h/0"}, "WXSVC_BROKER_URL: .*is written %40"),
        ({"WXSVC_BROKER_URL": "redis://h/first"}, "WXSVC_BROKER_URL: ends with the number of a database"),
        ({"WXSVC_PUBLIC_URL": "https://wx.example.cn:abc"}, "WXSVC_PUBLIC_URL: .*its port is a number"),
        ({"WXSVC_PUBLIC_URL": "https://wx. example.cn"}, "WXSVC_PUBLIC_URL: is an address"),
        ({"WXSVC_PUBLIC_URL": "http://[::1"}, "WXSVC_PUBLIC_URL: is no address"),
        ({"WXSVC_PUBLIC_URL": "https://www.example.cn/wx"}, "WXSVC_PUBLIC_URL: is an address without a path"),
        ({"WXSVC_BACKFILL_DAYS": "1" + "0" * 20}, "WXSVC_BACKFILL_DAYS: .*less than"),
        ({"WXSVC_MAX_UPLOAD_MB": "20 # MB"}, "WXSVC_MAX_UPLOAD_MB: .*integer"),
        ({"WXSVC_OPERATOR": os.fsdecode("省中小企业服务中心".encode("gbk"))}, "WXSVC_OPERATOR: is one line of UTF-8"),
        ({"WXSVC_WECHAT_TOKEN": "two\nlines"}, "WXSVC_WECHAT_TOKEN: is one line of UTF-8"),
        ({"WXSVC_WECHAT_APP_ID": " "}, "WXSVC_WECHAT_APP_ID: is blank"),
        ({"WXSVC_TRUSTED_PROXIES": "1"}, "WXSVC_TRUSTED_PROXIES: names the networks"),
        ({"WXSVC_TRUSTED_PROXIES": "127.0.0.1, 0.0.0.0/0"}, "WXSVC_TRUSTED_PROXIES: names the networks"),
        ({"WXSVC_WECHAT_VERIFY_FILE": "../etc/passwd"}, "WXSVC_WECHAT_VERIFY_FILE"),
    ],
)
def test_what_cannot_work_is_refused(change: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, REAL | change)
    with pytest.raises(SettingsError, match=says) as refused:
        Settings()
    assert "hid" not in str(refused.value)


def test_blanks_around_a_value_are_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {name: f" {value}\r" for name, value in REAL.items()} | {"WXSVC_MAX_UPLOAD_MB": "5\r"})
    settings = Settings()
    for name, value in REAL.items():
        assert getattr(settings, name.removeprefix("WXSVC_").lower()) == value.rstrip("/")
    assert settings.max_upload_mb == 5


def test_an_address_may_begin_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is https all the same: cookies go by that."""
    set_all(monkeypatch, REAL | {"WXSVC_PUBLIC_URL": "HTTPS://wx.example.cn/"})
    assert Settings().public_url == "https://wx.example.cn"


def test_the_simulator_stays_on_this_machine() -> None:
    with pytest.raises(SettingsError, match="WXSVC_WECHAT_API_BASE_URL is not on this machine"):
        Settings(wechat_api_base_url="https://api.weixin.qq.com")
    assert Settings(wechat_api_base_url="http://127.0.0.1:9999/").wechat_api_base_url == "http://127.0.0.1:9999"


@pytest.mark.parametrize(
    "address",
    ["https://wx.example.cn", "http://wx.example.cn", "http://192.168.1.5:8000", "http://0.0.0.0:8000", "http://[::]",
     "https://127.0.0.1.example.cn", "http://127.0.0.1@wx.example.cn"],
)  # fmt: skip
@pytest.mark.parametrize("own", [{}, {"WXSVC_WECHAT": "simulator", "WXSVC_WECHAT_TOKEN": "own"}])
def test_the_simulator_has_no_public_address(
    address: str, own: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has read our source signs its pushes."""
    set_all(monkeypatch, own | {"WXSVC_PUBLIC_URL": address})
    with pytest.raises(SettingsError) as refused:
        Settings()
    (problem,) = refused.value.problems
    assert problem.startswith("WXSVC_PUBLIC_URL is not on this machine")
    assert "set WXSVC_WECHAT=real" in problem


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8000", "http://localhost:5", "http://[::1]:8000", "https://127.0.0.2"]
)
def test_the_simulator_works_at_an_address_of_this_machine(address: str) -> None:
    assert Settings(public_url=address).public_url == address


def test_a_real_secret_is_recognised_beside_the_simulator() -> None:
    """Whether or not the AppID was set as well."""
    with pytest.raises(SettingsError, match="WXSVC_WECHAT_APP_SECRET looks like a real one"):
        Settings(wechat_app_secret="0123456789abcdef" * 2)


def test_where_the_product_may_listen() -> None:
    for host in ("0.0.0.0", "::", "", "192.168.1.5", "wx.example.cn"):  # noqa: S104 - only asked
        assert not Settings().may_listen_on(host), host
        assert not Settings(wechat_token="own").may_listen_on(host)
        assert Settings.model_validate(
            {name.removeprefix("WXSVC_").lower(): REAL[name] for name in REAL}
        ).may_listen_on(host)
    for host in ("127.0.0.1", "localhost", "::1"):
        assert Settings().may_listen_on(host), host


def test_refusals_and_representations_repeat_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, REAL | {"WXSVC_DATABASE_URL": "postgresql://me:hush@127.0.0.1/db"})
    assert "hush" not in repr(Settings())
    assert REAL["WXSVC_WECHAT_APP_SECRET"] not in repr(Settings())
    set_all(monkeypatch, {"WXSVC_SECRET_KEY": "hushhush", "WXSVC_DATABASE_URL": "mysql://me:hush@h/db"})
    with pytest.raises(SettingsError) as refused:
        Settings()
    assert "hush" not in str(refused.value)


def test_the_secret_is_made_once_and_private(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(lambda _: Settings(data_dir=tmp_path / "here").secret_keys[0], range(16)))
    assert len(secrets) == 1
    kept = tmp_path / "here" / "secret_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert list(kept.parent.iterdir()) == [kept]


def test_former_secrets_follow_the_one_in_use() -> None:
    settings = Settings(secret_key="n" * 32, old_secret_keys=("o" * 32,))
    assert settings.secret_keys == ("n" * 32, "o" * 32)


def test_old_secrets_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXSVC_OLD_SECRET_KEYS", f"{'1' * 32}, {'2' * 32}")
    assert Settings().old_secret_keys == ("1" * 32, "2" * 32)


def test_a_short_former_secret_is_refused_with_a_sentence() -> None:
    with pytest.raises(SettingsError, match="WXSVC_OLD_SECRET_KEYS: each former secret has at least 32 characters"):
        Settings(secret_key="n" * 32, old_secret_keys=("o" * 32, "too short"))


def test_sessions_and_tokens_have_a_key_of_the_newest_secret_alone() -> None:
    alone = Settings(secret_key="n" * 32).token_key
    assert alone == Settings(secret_key="n" * 32, old_secret_keys=("o" * 32,)).token_key
    assert alone != Settings(secret_key="o" * 32).token_key
    assert "n" * 32 not in alone


def test_template_ids_by_purpose() -> None:
    assert Settings(template_review="abc").template_ids == {"review": "abc"}
    all_of_them = {name: "abc" for name in Settings.model_fields if name.startswith("template_")}
    assert set(Settings(**all_of_them).template_ids) == set(NoticePurpose)


def test_a_template_may_name_its_own_keys() -> None:
    """The library's templates number their keys as they like; each is given one of the four words."""
    assert Settings(template_review="abc").templates["review"].keys == DEFAULT_KEYS
    named = Settings(template_review="abc  thing4=what time2=when").templates["review"]
    assert (named.id, named.keys) == ("abc", {"thing4": "what", "time2": "when"})
    for wrong in ("abc thing4", "abc thing4=whom", "abc 4=what", "abc thing4 = what"):
        with pytest.raises(SettingsError, match="WXSVC_TEMPLATE_REVIEW: is a template id"):
            Settings(template_review=wrong)


def test_every_notice_has_the_words_of_a_template_message() -> None:
    table = tomllib.loads((TEMPLATES / "notices.toml").read_text())
    assert set(table) == set(PURPOSES) == set(NoticePurpose)
    assert set(DEFAULT_KEYS.values()) == set(NOTICE_WORDS)
    for purpose, words in table.items():
        assert {name for name, text in words.items() if isinstance(text, str)} == set(NOTICE_WORDS), purpose


def test_the_verification_file_holds_its_own_name() -> None:
    assert Settings(wechat_verify_file="MP_verify_AbC12.txt").wechat_verify_content == "AbC12"
    assert Settings().wechat_verify_content is None


def test_a_misspelt_name_is_refused_with_the_one_that_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Together with everything else that is wrong; small letters are as good as capitals, as everywhere."""
    set_all(monkeypatch, {"WXSVC_TEST_POSTGRES": "y", "wxsvc_backfill_days": "3"})
    assert Settings.of_environment().backfill_days == 3
    set_all(monkeypatch, {"WXSVC_SECRET_KEYS": "x", "WXSVC_COLOUR": "blue", "WXSVC_BROKER_URL": "none"})
    with pytest.raises(SettingsError) as refused:
        Settings.of_environment()
    assert [problem.split(": ")[-1] for problem in refused.value.problems] == [
        "docker/env.example names every setting",
        "did you mean WXSVC_SECRET_KEY?",
        "begins with memory://, redis:// or amqp://",
    ]


def test_a_former_name_keeps_nobody_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {"WXSVC_WECHAT_ACCOUNT": "gh_0123456789ab"})
    assert not hasattr(Settings.of_environment(), "wechat_account")


def test_a_purpose_goes_by_template_or_by_subscription() -> None:
    """One-time unless it says ``long``; both ways for one purpose, or another form, is refused with its name."""
    chosen = Settings(subscribe_need="TPL-1 long thing2=what", subscribe_review="TPL-2", template_filing="TPL-3")
    assert (chosen.subscriptions["need"].is_long, chosen.subscriptions["need"].keys) == (True, {"thing2": "what"})
    assert not chosen.subscriptions["review"].is_long
    assert set(chosen.templates) == {"filing"}
    with pytest.raises(SettingsError, match="WXSVC_TEMPLATE_NEED and WXSVC_SUBSCRIBE_NEED"):
        Settings(subscribe_need="TPL-1", template_need="TPL-1")
    with pytest.raises(SettingsError, match="WXSVC_SUBSCRIBE_NEED"):
        Settings(subscribe_need="TPL-1 forever")
