"""The Chinese that the WeChat client itself shows, read from ``data/texts.toml``."""

import tomllib
from importlib.resources import files
from typing import Any

_TEXTS: dict[str, Any] = tomllib.loads(files(__package__).joinpath("data/texts.toml").read_text("utf-8"))

ACCOUNT: str = _TEXTS["account"]
UNAVAILABLE: str = _TEXTS["unavailable"]
CODE_EXPIRED: str = _TEXTS["code_expired"]
FOLLOWED: str = _TEXTS["followed"]
UNFOLLOWED: str = _TEXTS["unfollowed"]
SCANNED: str = _TEXTS["scanned"]
PHOTO: str = _TEXTS["photo"]
COLON: str = _TEXTS["colon"]
OWNERS: list[dict[str, str]] = _TEXTS["owners"]
