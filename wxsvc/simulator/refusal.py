"""What WeChat says when it refuses a call: errcode, errmsg, and the rid that support asks for."""

import tomllib
from importlib.resources import files

MESSAGES: dict[int, str] = {
    int(code): text
    for code, text in tomllib.loads(files(__package__).joinpath("data/errors.toml").read_text("utf-8")).items()
}
"""errmsg by errcode, as on the "Global return codes" page or as recorded from the live API."""


class Refusal(Exception):
    """A business error. WeChat sends it with HTTP status 200."""

    def __init__(self, code: int, message: str | None = None) -> None:
        self.code = code
        self.message = message if message is not None else MESSAGES.get(code, "unknown error")
        super().__init__(f"{code} {self.message}")
