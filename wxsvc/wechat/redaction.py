"""Secrets never reach a log: not ours, not those of the HTTP library below us."""

import logging
import re

_SECRET = re.compile(
    r"""(?ix) \b (access_token|refresh_token|appsecret|secret|code|ticket|jsapi_ticket|key)
        (["']? \s* [=:] \s* ["']?) [^\s&"',;)}\]]+"""
)


def redact(text: str) -> str:
    """The text with the values of `access_token=…`, `"secret": "…"` and their like replaced by dots."""
    return _SECRET.sub(r"\1\2…", text)


class Redacting(logging.Filter):
    """A filter that redacts the finished message of every record of a logger."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record is changed in place."""
        record.msg, record.args = redact(record.getMessage()), None
        return True


def guard_http_logs() -> None:
    """Redact what urllib3 logs: at level DEBUG it writes down every address with its query."""
    logger = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(present, Redacting) for present in logger.filters):
        logger.addFilter(Redacting())
