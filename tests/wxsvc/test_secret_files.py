"""密钥文件: a secret in a file is the same setting, and a file that gives nothing is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from wxsvc import secret_files
from wxsvc.settings import Development, Settings, SettingsError

VALUES = {
    "database_url": "postgresql://wxsvc:hush@db/wxsvc",
    "broker_url": "redis://:hush@redis:6379/0",
    "secret_key": "k" * 40,
    "metrics_token": "m" * 20,
    "wechat_app_secret": "hush-hush",
    "wechat_token": "sometoken",
    "wechat_aes_key": Development.AES_KEY,
    "wechat_old_token": "formertoken",
    "wechat_old_aes_key": Development.AES_KEY[::-1],
}


def variable(name: str) -> str:
    return f"WXSVC_{name.upper()}_FILE"


def test_every_secret_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VALUES.items():
        path = tmp_path / name
        path.write_text(value + "\n")
        monkeypatch.setenv(variable(name), str(path))
    former = tmp_path / "former"
    former.write_text(f"{'1' * 32}\n{'2' * 32},{'3' * 32}\n")
    monkeypatch.setenv(variable("old_secret_keys"), str(former))
    settings = Settings.of_environment()
    read = {name: getattr(settings, name) for name in VALUES}
    assert read == VALUES | {"database_url": "postgresql+psycopg://wxsvc:hush@db/wxsvc"}
    assert settings.old_secret_keys == ("1" * 32, "2" * 32, "3" * 32)
    assert set(VALUES) | {"old_secret_keys"} == set(secret_files.SECRETS) < set(Settings.model_fields)


def test_what_is_missing_for_the_real_wechat_may_come_from_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("secret_key", "wechat_app_secret", "wechat_token"):
        (tmp_path / name).write_text(VALUES[name])
        monkeypatch.setenv(variable(name), str(tmp_path / name))
    monkeypatch.setenv("WXSVC_WECHAT", "real")
    monkeypatch.setenv("WXSVC_WECHAT_APP_ID", "wx00112233445566ff")
    monkeypatch.setenv("WXSVC_PUBLIC_URL", "https://wx.example.cn")
    assert Settings().secret_keys == (VALUES["secret_key"],)


def test_every_file_that_gives_nothing_is_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "short").write_text("hush")
    monkeypatch.setenv("WXSVC_METRICS_TOKEN_FILE", str(tmp_path / "nowhere"))
    monkeypatch.setenv("WXSVC_BROKER_URL_FILE", str(tmp_path / "empty"))
    monkeypatch.setenv("WXSVC_WECHAT_TOKEN_FILE", str(tmp_path / "binary"))
    monkeypatch.setenv("WXSVC_SECRET_KEY_FILE", str(tmp_path / "short"))
    monkeypatch.setenv("WXSVC_SECRET_KEY", "k" * 32)
    monkeypatch.setenv("WXSVC_SECRET_FILE", "x")
    with pytest.raises(SettingsError) as refused:
        Settings.of_environment()
    assert refused.value.problems == [
        "WXSVC_SECRET_FILE is no setting: did you mean WXSVC_SECRET_KEY_FILE?",
        f"WXSVC_BROKER_URL_FILE: {tmp_path / 'empty'} is empty",
        "WXSVC_SECRET_KEY and WXSVC_SECRET_KEY_FILE are both set: choose one",
        f"WXSVC_METRICS_TOKEN_FILE: {tmp_path / 'nowhere'} cannot be read: No such file or directory",
        f"WXSVC_WECHAT_TOKEN_FILE: {tmp_path / 'binary'} cannot be read: it is not UTF-8 text",
    ]


def test_what_a_file_holds_is_judged_like_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "short").write_text("hush")
    monkeypatch.setenv("WXSVC_SECRET_KEY_FILE", str(tmp_path / "short"))
    with pytest.raises(SettingsError, match="WXSVC_SECRET_KEY: String should have at least 32 characters") as refused:
        Settings()
    assert "hush" not in str(refused.value)
