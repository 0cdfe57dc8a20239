"""Observation (观测): logs without secrets, metrics without names, and whether this process is fit for work.

Logs are JSON, one line per event, each with its request's id. Whatever looks like a secret, an openid, a phone or an
identity number is masked on its way out, in our own events and in those of the libraries alike.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any, Final

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from structlog.stdlib import BoundLogger, ProcessorFormatter
from structlog.typing import EventDict, Processor

from wxsvc.masks import mask_openid, mask_phone

# Metrics: their names are an interface, like the paths of the pages.
pushes = Counter("wxsvc_pushes_total", "Pushes received from WeChat, by outcome", ["outcome"])
push_seconds = Histogram(
    "wxsvc_push_seconds", "Time to answer one push", buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
)
check_ins = Counter("wxsvc_check_ins_total", "Scans, by what came of them", ["outcome"])
deliveries = Counter("wxsvc_deliveries_total", "Template messages, by what came of the send", ["outcome"])
fold_seconds = Histogram(
    "wxsvc_fold_seconds", "Time to recount one platform-year", buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)
)
queue_age_seconds = Gauge(
    "wxsvc_queue_age_seconds", "Age of the oldest change that waits to be folded", multiprocess_mode="mostrecent"
)
officials = Gauge("wxsvc_officials", "Provincial officials who hold their role", multiprocess_mode="mostrecent")
token_fetches = Counter("wxsvc_token_fetches_total", "Access tokens asked of WeChat, by outcome", ["outcome"])


def metrics() -> tuple[bytes, str]:
    """The metrics page and its content type; of all processes together where ``PROMETHEUS_MULTIPROC_DIR`` is set."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(), CONTENT_TYPE_LATEST
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST


_CHATTY: Final = ("alembic", "celery.app.trace", "celery.beat", "celery.worker.strategy", "kombu", "urllib3")
"""Libraries that tell of every step, several times a second: heard at the level ``DEBUG`` only."""


def log_to(stream: IO[str] | None = None, level: str = "INFO") -> None:
    """Send our events and those of every library to the stream (standard error by default), as JSON. Repeatable."""
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *common, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[*common, structlog.stdlib.ExtraAdder()],
            processors=[
                ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel("DEBUG" if level == "DEBUG" else "WARNING")


def logger(name: str) -> BoundLogger:
    """The logger of one part: ``logger(__name__).info("push refused", reason="stale")``."""
    found: BoundLogger = structlog.get_logger(name)
    return found


def begin_request(offered: str | None = None) -> str:
    """Give this request an id (the proxy's, where it is a decent one) that all its log lines carry; returns it."""
    request_id = offered if offered and re.fullmatch(r"[\w-]{8,64}", offered) else uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    return request_id


_REDACTED: Final = "[redacted]"
_SECRET_KEY: Final = re.compile(r"(?i)(^|_|-)(secret|password|token|ticket|aes_?key|secret_?key|authorization|cookie)$")
_OPENID_KEY: Final = re.compile(r"(?i)(^|_)(openids?|unionid|fromusername|tousername|touser)$")
_SECRET_IN_QUERY: Final = re.compile(
    r"(?i)([?&](?:access_token|secret|ticket|code|state|(?:msg_)?signature|token)=)[^&\s\"']+"
)
_SECRET_IN_TEXT: Final = re.compile(
    r"(?i)((?:access_token|app_?secret|password|aes_?key)['\"]?\s*[=:]\s*['\"]?)[^\s&'\",}]+"
)
_URL_PASSWORD: Final = re.compile(r"(://[^/\s:@]*):[^/\s@]+@")
_OPENID: Final = re.compile(r"(?<![\w-])o(?:[\w-]{27}|(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{11,63})(?![\w-])", re.ASCII)
_NAMED_OPENID: Final = re.compile(
    r"(?i)((?:openid|unionid|fromusername|tousername|touser)['\"]?\s*[=:>]\s*['\"]?(?:<!\[CDATA\[)?)([^\s&'\"<>,;}\]]+)"
)
"""Whatever its length, where its name stands before it."""
_IDENTITY: Final = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d{4}[\dXx](?!\d)", re.ASCII)
_PHONE: Final = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)", re.ASCII)


def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The last step before a line is written: no secret, openid, phone or identity number goes out."""
    return {key: _redacted(key, value) for key, value in event.items()}


def _redacted(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(inner): _redacted(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(key, item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    if _SECRET_KEY.search(key):
        return _REDACTED
    if _OPENID_KEY.search(key):
        return mask_openid(str(value))
    return scrubbed(str(value))


def scrubbed(text: str) -> str:
    """The text with every secret, openid, phone and identity number that can be recognised in it masked."""
    text = _SECRET_IN_QUERY.sub(rf"\1{_REDACTED}", text)
    text = _SECRET_IN_TEXT.sub(rf"\1{_REDACTED}", text)
    text = _URL_PASSWORD.sub(rf"\1:{_REDACTED}@", text)
    text = _NAMED_OPENID.sub(lambda found: found[1] + mask_openid(found[2]), text)
    text = _OPENID.sub(lambda found: mask_openid(found[0]), text)
    text = _IDENTITY.sub(_REDACTED, text)
    return _PHONE.sub(lambda found: mask_phone(found[0]), text)


@dataclass(frozen=True)
class Readiness:
    """Whether this process may be sent work: each part by name with what is wrong with it, ``None`` if nothing is."""

    parts: Mapping[str, str | None]

    @property
    def is_ready(self) -> bool:
        """Whether nothing is wrong."""
        return not any(self.parts.values())


def readiness(checks: Mapping[str, Callable[[], object]]) -> Readiness:
    """Ask every part; one that raises is not ready, and its reason is told without secrets."""
    return Readiness({name: _complaint(check) for name, check in checks.items()})


def _complaint(check: Callable[[], object]) -> str | None:
    try:
        check()
    except Exception as error:  # whatever it is, it is why we are not ready
        return scrubbed(f"{type(error).__name__}: {error}").partition("\n")[0]
    return None
