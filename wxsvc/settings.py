"""Settings (设置): everything an operator may choose, read from the environment with the prefix ``WXSVC_``.

Nothing set at all gives the embedded profile: SQLite and an in-process broker under ``./var``, and the simulator in
place of WeChat. A configuration that cannot work is refused with one :class:`SettingsError` that names everything
that is missing or wrong. ``docker/env.example`` explains each variable; a secret may stand in a file that
``WXSVC_<NAME>_FILE`` names (:mod:`wxsvc.secret_files`).
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets as randomness
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from wxsvc import secret_files, setting_addresses, setting_names
from wxsvc.keys import KeyPurpose, derived
from wxsvc.message_templates import TemplateSettings
from wxsvc.networks import Network, networks
from wxsvc.setting_names import PREFIX

SHORTEST_SECRET: Final = 32
"""Characters of a secret, whether in use or a former one."""

SIMULATOR_URL: Final = "http://127.0.0.1:8001"
"""Where the simulator listens unless a setting says otherwise."""


class WeChat(StrEnum):
    """Whom we talk to: the simulator on this machine, or the real WeChat (微信)."""

    SIMULATOR = "simulator"
    REAL = "real"


class Mode(StrEnum):
    """消息加解密方式: how WeChat sends pushes: plain, compatible (both at once) or safe (encrypted only).

    In ``compatible`` mode the decrypted copy alone is used.
    """

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


class Development:
    """Well-known credentials of the simulator: whoever knows them can sign its pushes, so it stays on one machine."""

    APP_ID: Final = "wx1234567890abcdef"
    APP_SECRET: Final = "simulator-app-secret"  # noqa: S105 - well known on purpose
    TOKEN: Final = "simulatortoken"  # noqa: S105 - well known on purpose
    AES_KEY: Final = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    ACCOUNT: Final = "gh_0123456789ab"


class SettingsError(Exception):
    """The settings cannot work. ``problems`` lists every one of them, one sentence each, without any secret value."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("the settings are not usable:\n" + "\n".join(f"  - {problem}" for problem in problems))


def _simulated(simulated: str, real: str = "") -> Any:
    """A field whose default depends on whom we talk to."""
    return Field(default_factory=lambda given: simulated if given["wechat"] is WeChat.SIMULATOR else real, repr=False)


class Settings(TemplateSettings):
    """One immutable set of choices. Build it with ``Settings()``; tests pass fields by name."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True, defer_build=False)

    # Where things are kept
    data_dir: Path = Path("var")
    database_url: str = Field(default_factory=lambda given: f"sqlite:///{given['data_dir'] / 'wxsvc.db'}", repr=False)
    broker_url: str = Field(default="memory://", repr=False)
    files_dir: Path = Field(default_factory=lambda given: given["data_dir"] / "files")
    max_upload_mb: int = Field(default=20, ge=1, le=200)

    # Who we are on the web
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: tuple[Network, ...] = ()
    secret_key: str | None = Field(default=None, min_length=SHORTEST_SECRET, repr=False)
    old_secret_keys: tuple[str, ...] = Field(default=(), repr=False)
    metrics_token: str | None = Field(default=None, min_length=16, repr=False)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    # Who answers for personal information, as the notice (告知) names them; without a name it names the province's hub
    operator: str | None = None
    operator_phone: str | None = Field(default=None, pattern=r"^[0-9+\-]{5,20}$")

    # WeChat
    wechat: WeChat = WeChat.SIMULATOR
    wechat_app_id: str = _simulated(Development.APP_ID)
    wechat_app_secret: str = _simulated(Development.APP_SECRET)
    wechat_token: str = _simulated(Development.TOKEN)
    # The development credentials are a set: whoever brings a token brings the AES key too, or means plain mode.
    wechat_aes_key: str = Field(
        default_factory=lambda given: Development.AES_KEY if given["wechat_token"] == Development.TOKEN else "",
        repr=False,
    )
    # What the console had before: pushes come by it until the new values are saved there
    wechat_old_token: str | None = Field(default=None, repr=False)
    wechat_old_aes_key: str | None = Field(default=None, repr=False)
    wechat_mode: Mode = Field(default_factory=lambda given: Mode.SAFE if given["wechat_aes_key"] else Mode.PLAIN)
    wechat_api_base_url: str = _simulated(SIMULATOR_URL, "https://api.weixin.qq.com")
    wechat_open_base_url: str = _simulated(SIMULATOR_URL, "https://open.weixin.qq.com")
    wechat_mp_base_url: str = _simulated(SIMULATOR_URL, "https://mp.weixin.qq.com")
    wechat_verify_file: str | None = Field(default=None, pattern=r"^MP_verify_\w+\.txt$")

    # How long a record counts as timely
    backfill_days: int = Field(default=30, ge=0, le=3660)

    @field_validator("old_secret_keys", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        """Several values in one variable are separated by commas."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        try:
            return networks(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError("names the networks of the proxies, such as 127.0.0.1,10.0.0.0/8") from None

    @field_validator("old_secret_keys")
    @classmethod
    def _long_enough(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(len(each) < SHORTEST_SECRET for each in value):
            raise ValueError(f"each former secret has at least {SHORTEST_SECRET} characters")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    _database = field_validator("database_url")(setting_addresses.database)
    _broker = field_validator("broker_url")(setting_addresses.broker)
    _site = field_validator("public_url")(setting_addresses.site)
    _origin = field_validator("wechat_api_base_url", "wechat_open_base_url", "wechat_mp_base_url")(
        setting_addresses.origin
    )

    @field_validator("wechat_aes_key", "wechat_old_aes_key")
    @classmethod
    def _aes_key(cls, value: str | None) -> str | None:
        try:
            good = not value or (len(value) == 43 and len(base64.b64decode(value + "=", validate=True)) == 32)
        except binascii.Error:
            good = False
        if not good:
            raise ValueError("is the EncodingAESKey: exactly 43 letters and digits")
        return value

    @field_validator("*", mode="before")
    @classmethod
    def _text(cls, value: Any) -> Any:
        """The text without the blanks around it, which editors and line ends of other systems leave there."""
        if not isinstance(value, str) or not value:
            return value
        if not (text := value.strip()):
            raise ValueError("is blank: give a value, or leave it out")
        if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", text):  # of bytes that are no UTF-8, Python makes surrogates
            raise ValueError("is one line of UTF-8 text")
        return text

    @model_validator(mode="wrap")
    @classmethod
    def _all_problems_at_once(cls, given: dict[str, Any], build: ModelWrapValidatorHandler[Self]) -> Self:
        """What is passed by name goes before the environment, and that before the files that it names for secrets."""
        held, problems = secret_files.values(os.environ)
        if problems:
            raise SettingsError(problems)
        given = held | setting_names.values(os.environ) | given
        try:
            settings = build(given)
        except ValidationError as error:
            raise SettingsError(_missing(given) + _wrong(error)) from None
        if problems := _missing(given) + settings._contradictions():
            raise SettingsError(problems)
        return settings

    def _contradictions(self) -> list[str]:
        """Choices that are fine alone and wrong together."""
        problems = [
            f"WXSVC_TEMPLATE_{purpose.upper()} and WXSVC_SUBSCRIBE_{purpose.upper()} are both set: choose one way"
            for purpose in self.templates.keys() & self.subscriptions.keys()
        ]
        if self.wechat_mode is not Mode.PLAIN and not self.wechat_aes_key:
            problems.append(f"WXSVC_WECHAT_AES_KEY is missing: mode {self.wechat_mode} needs it")
        if self.wechat is WeChat.SIMULATOR:
            for name in ("api", "open", "mp"):
                if not is_loopback(getattr(self, f"wechat_{name}_base_url")):
                    problems.append(
                        f"WXSVC_WECHAT_{name.upper()}_BASE_URL is not on this machine, but WXSVC_WECHAT=simulator"
                    )
            if not is_loopback(self.public_url):
                problems.append(
                    "WXSVC_PUBLIC_URL is not on this machine, but WXSVC_WECHAT=simulator takes pushes signed with a "
                    "published key: set WXSVC_WECHAT=real with the account's credentials, or leave WXSVC_PUBLIC_URL out"
                )
            if re.fullmatch(r"[0-9a-f]{32}", self.wechat_app_secret):
                problems.append(
                    "WXSVC_WECHAT_APP_SECRET looks like a real one: set WXSVC_WECHAT=real, "
                    "or leave it out for the simulator"
                )
        elif not is_loopback(self.public_url) and urlsplit(self.public_url).scheme != "https":
            problems.append("WXSVC_PUBLIC_URL begins with https:// where WeChat is real")
        return problems

    @classmethod
    def of_environment(cls) -> Self:
        """The settings in the environment; a name that no setting has is refused with everything else that is wrong."""
        problems = setting_names.problems(os.environ, [*cls.model_fields, *secret_files.names()])
        try:
            settings = cls()
        except SettingsError as error:
            raise SettingsError(problems + error.problems) from None
        if problems:
            raise SettingsError(problems)
        return settings

    def may_listen_on(self, host: str) -> bool:
        """Whether the product may take requests on this address: with the simulator on this machine only.

        The simulator lets any browser be anybody, whatever token it signs with.
        """
        return self.wechat is not WeChat.SIMULATOR or _is_this_machine(host)

    @property
    def has_inner_broker(self) -> bool:
        """Whether the broker is within this process: web and worker are one."""
        return self.broker_url.startswith("memory://")

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the SQLite file of this machine, which every command brings up to date by itself."""
        return self.database_url.startswith("sqlite:")

    @property
    def wechat_verify_content(self) -> str | None:
        """What ``MP_verify_*.txt`` holds: the part of its name that WeChat chose."""
        return self.wechat_verify_file and self.wechat_verify_file[len("MP_verify_") : -len(".txt")]

    @cached_property
    def secret_keys(self) -> tuple[str, ...]:
        """The secret in use, then the former ones, which may still open what they closed and nothing else.

        Without ``WXSVC_SECRET_KEY`` the secret is made once and kept in the data folder, readable by its owner only.
        """
        return (self.secret_key or _kept_secret(self.data_dir / "secret_key"), *self.old_secret_keys)

    @cached_property
    def token_key(self) -> str:
        """What signs sessions and tokens: from the secret in use alone, so that a former one signs nobody in."""
        return derived(self.secret_keys[0], KeyPurpose.TOKENS).hex()

    def make_folders(self) -> None:
        """Make the folders that the settings name, private to their owner. Repeatable. Raises ``SettingsError``."""
        named = {"WXSVC_DATA_DIR": self.data_dir, "WXSVC_FILES_DIR": self.files_dir}
        if self.is_embedded:
            named["WXSVC_DATABASE_URL"] = Path(self.database_url.removeprefix("sqlite:///")).parent
        for name, folder in named.items():
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise SettingsError([f"{name}: {folder} cannot be made: {error.strerror}"]) from error


def is_loopback(url: str) -> bool:
    """Whether the address leads back to this machine."""
    return _is_this_machine(urlsplit(url).hostname or "")


def _is_this_machine(host: str) -> bool:
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def _missing(given: Mapping[str, Any]) -> list[str]:
    """What the real WeChat cannot do without."""
    if given.get("wechat") != WeChat.REAL:
        return []
    needed = ("wechat_app_id", "wechat_app_secret", "wechat_token", "public_url", "secret_key")
    return [f"{PREFIX}{name.upper()} is missing: WXSVC_WECHAT=real needs it" for name in needed if not given.get(name)]


def _wrong(error: ValidationError) -> list[str]:
    """One sentence per value that is not what it should be. Values are never repeated: they may be secrets."""
    return [
        f"{PREFIX}{str(problem['loc'][0]).upper()}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors(include_input=False, include_url=False)
        if problem["type"] != "default_factory_not_called"  # it only follows from another problem
    ]


def _kept_secret(path: Path) -> str:
    """The secret kept at ``path``, made when there is none. Of several processes that start at once, one wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{randomness.token_hex(4)}")
    if not path.exists():
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(randomness.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike a rename, a link never replaces what another process has just put there
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
