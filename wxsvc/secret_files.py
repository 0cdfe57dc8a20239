"""Secrets in files (密钥文件): ``WXSVC_<NAME>_FILE`` names the file that holds a secret setting.

Docker, Kubernetes and systemd hand out secrets as files, which no list of processes and no crash report shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from wxsvc.setting_names import PREFIX

SECRETS: Final = (
    "database_url",
    "broker_url",
    "secret_key",
    "old_secret_keys",
    "metrics_token",
    "wechat_app_secret",
    "wechat_token",
    "wechat_aes_key",
    "wechat_old_token",
    "wechat_old_aes_key",
)
"""The settings that may stand in a file. A file of several former secrets has them on lines or between commas."""


def names() -> list[str]:
    """What joins the names of settings: each secret's, with ``_file`` behind it."""
    return [f"{name}_file" for name in SECRETS]


def values(environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What the named files hold, by setting, and one sentence per file that gives nothing. No value is repeated."""
    held: dict[str, str] = {}
    problems: list[str] = []
    for name in SECRETS:
        variable = f"{PREFIX}{name.upper()}"
        if not (path := environ.get(f"{variable}_FILE")):
            continue
        if environ.get(variable):
            problems.append(f"{variable} and {variable}_FILE are both set: choose one")
            continue
        try:
            text = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            problems.append(f"{variable}_FILE: {path} cannot be read: {reason}")
            continue
        if not text:
            problems.append(f"{variable}_FILE: {path} is empty")
        held[name] = ",".join(text.split()) if name == "old_secret_keys" else text
    return held, problems
