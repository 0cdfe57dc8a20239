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
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, Final

from msgspec import Struct
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import REGISTRY, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from wxsvc.texts.masks import mask_openid, mask_phone


@contextmanager
def _as_if_missing(name: str) -> Iterator[None]:
    """For the block, a library that is not loaded yet cannot be imported."""
    is_loaded = name in sys.modules
    if not is_loaded:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if not is_loaded:
            del sys.modules[name]


with _as_if_missing("rich"):  # for tracebacks in colour, which we never print, structlog would load 80 modules
    import structlog
    from structlog.stdlib import BoundLogger, ProcessorFormatter
    from structlog.typing import EventDict, Processor

# Metrics: their names are an interface, like the paths of the pages.
pushes = Counter("wxsvc_pushes_total", "Pushes received from WeChat, by outcome", ["outcome"])
push_seconds = Histogram(
    "wxsvc_push_seconds", "Time to answer one push", buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
)
check_ins = Counter("wxsvc_check_ins_total", "Scans, by what came of them", ["outcome"])
token_fetches = Counter("wxsvc_token_fetches_total", "Access tokens asked of WeChat, by outcome", ["outcome"])

WORKERS: Final = CollectorRegistry()
"""What workers count. A web process in production has nothing of it to tell: each worker tells its own."""
deliveries = Counter(
    "wxsvc_deliveries_total", "Template messages, by what came of the send", ["outcome"], registry=WORKERS
)
fold_seconds = Histogram(
    "wxsvc_fold_seconds",
    "Time to recount one platform-year",
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5),
    registry=WORKERS,
)

MULTIPROCESS: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which the processes of one web service count together."""


class Gauge(Struct, frozen=True):
    """A metric as the database tells it at this moment: its name, what it means, the value per value of its label."""

    name: str
    meaning: str
    values: Mapping[str, float]
    label: str = ""


def metrics(gauges: Iterable[Gauge] = (), *, works_here: bool = False) -> tuple[bytes, str]:
    """The metrics page and its content type: what this process counted, and the gauges.

    Where ``PROMETHEUS_MULTIPROC_DIR`` is set, what all processes of the web service counted. ``works_here`` says that
    this process is the worker too.
    """
    registry = CollectorRegistry()
    found = [*_counted(works_here=works_here), *(_family(gauge) for gauge in gauges)]
    registry.register(_Asked(lambda: found))
    return generate_latest(registry), CONTENT_TYPE_LATEST


def tell_of_work(host: str, port: int) -> tuple[str, Callable[[], None]]:
    """Tell Prometheus on this port what this worker counted; returns host and port, and what ends it.

    Port 0 is any that is free. Raises ``OSError``.
    """
    registry = CollectorRegistry()
    registry.register(_Asked(lambda: _counted(works_here=True)))
    server, thread = start_http_server(port, host, registry)

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return f"{host}:{server.server_port}", end


class _Asked(Collector):
    """Metrics that are asked for when the page is made."""

    def __init__(self, ask: Callable[[], Iterable[Metric]]) -> None:
        self._ask = ask

    def collect(self) -> Iterable[Metric]:
        return self._ask()


def _counted(*, works_here: bool) -> list[Metric]:
    if MULTIPROCESS not in os.environ:
        return [*REGISTRY.collect(), *(WORKERS.collect() if works_here else ())]
    of_workers = {metric.name for metric in WORKERS.collect()}
    together: Any = MultiProcessCollector(None)  # type: ignore[no-untyped-call]
    return [metric for metric in together.collect() if metric.name not in of_workers]


def _family(gauge: Gauge) -> Metric:
    family = GaugeMetricFamily(gauge.name, gauge.meaning, labels=[gauge.label] if gauge.label else [])
    for value, number in gauge.values.items():
        family.add_metric([value] if gauge.label else [], number)
    return family


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
_URL_PASSWORD: Final = re.compile(r"(://[^/\s:@]*):[^/\s]+@")
SECRET_OF_OURS: Final = re.compile(
    r"(?i)((?:/|%2F)(?:re)?join(?:/|%2F)|\b(?:wxsvc|whsec)_(?=[\w-]{40}))[\w.~-]{12,}", re.ASCII
)
"""One-time links, and keys of other systems."""
_OPENID: Final = re.compile(r"(?<![\w-])o(?:[\w-]{27}|(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{11,63})(?![\w-])", re.ASCII)
_NAMED_OPENID: Final = re.compile(
    r"(?i)((?:openid|unionid|fromusername|tousername|touser)['\"]?\s*[=:>]\s*['\"]?(?:<!\[CDATA\[)?)([^\s&'\"<>,;}\]]+)"
)
"""Whatever its length, where its name stands before it."""
_IDENTITY: Final = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d{4}[\dXx](?!\d)", re.ASCII)
_UNSEEN: Final = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What no database and no stream takes, what a terminal obeys, and what turns the direction of a line."""
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
    """The text with every secret, openid, phone and identity number that can be recognised in it masked.

    What another machine answered may stand in it, so signs that nobody sees are written out (``\\x1b``).
    """
    text = _UNSEEN.sub(lambda sign: sign[0].encode("unicode_escape").decode(), text)
    text = _SECRET_IN_QUERY.sub(rf"\1{_REDACTED}", text)
    text = _SECRET_IN_TEXT.sub(rf"\1{_REDACTED}", text)
    text = SECRET_OF_OURS.sub(rf"\1{_REDACTED}", text)
    text = _URL_PASSWORD.sub(rf"\1:{_REDACTED}@", text)
    text = _NAMED_OPENID.sub(lambda found: found[1] + mask_openid(found[2]), text)
    text = _OPENID.sub(lambda found: mask_openid(found[0]), text)
    text = _IDENTITY.sub(_REDACTED, text)
    return _PHONE.sub(lambda found: mask_phone(found[0]), text)


class Readiness(Struct, frozen=True):
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
