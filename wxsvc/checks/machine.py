"""This machine (本机): settings, database, schema, key, the folder of files, the broker."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models import migrations
from wxsvc import observe
from wxsvc.checks.finding import Finding, bad, good, note
from wxsvc.database_encoding import WrongEncoding
from wxsvc.db import Database
from wxsvc.services import key_checks, resealing, write_checks
from wxsvc.services.key_checks import Fit
from wxsvc.settings import Settings
from wxsvc.vault import Vault

BROKER_SECONDS = 3
CLOCK_SECONDS: Final = 60
"""A clock that is off by more is wrong; pushes are refused long before their signatures are ten minutes off."""
LEAST_ROOM: Final = 300
"""Megabytes: with less than this the next full hall's photos may find no room."""
LITTLE_ROOM: Final = 2000
"""Megabytes: with less than this an operator wants to know."""
IN_PROCESS = "memory://"


def database(db: Database) -> Finding:
    """数据库: does it answer."""
    try:
        db.ask()
    except WrongEncoding as error:
        return bad("database", "database_encoding", encoding=error.encoding)
    except (SQLAlchemyError, OSError) as error:
        return bad("database", "database_silent", problem=_first_line(error), is_sqlite=db.is_sqlite)
    return good("database", "database_answers", kind=db.url.get_backend_name())


def clock(db: Database, now: Callable[[], datetime]) -> Finding:
    """本机时钟: does it agree with the database's. One that is off refuses scans, as WeChat's signature is too old."""
    if db.is_sqlite:
        return good("clock", "clock_alone")
    with db.engine.connect() as connection:
        before = now()
        theirs = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        ours = before + (now() - before) / 2
    seconds = round((ours - theirs).total_seconds())
    if abs(seconds) > CLOCK_SECONDS:
        return bad("clock", "clock_off", seconds=seconds)
    return good("clock", "clock_agrees", seconds=seconds)


def schema(db: Database) -> Finding:
    """表结构: is it the one that this program needs."""
    with db.engine.connect() as connection:
        found = migrations.current(connection)
    if found != migrations.head():
        numbers = migrations.known()
        if found is not None and found not in numbers:
            return bad("schema", "schema_unknown", found=found, oldest=numbers[0], newest=numbers[-1])
        return bad("schema", "schema_differs", found=found or "—", needed=numbers[-1])
    return good("schema")


def writing(db: Database, now: datetime) -> Finding:
    """数据库写入: does it take what is written. One whose disk is full answers all the same."""
    try:
        with db.transaction() as session:
            write_checks.write(session, now)
    except SQLAlchemyError as error:
        return bad("writing", "writing_fails", problem=_first_line(error))
    return good("writing")


def key(session: Session, vault: Vault) -> Finding:
    """加密密钥: is it the one that names and phones in the database were closed with."""
    match key_checks.fit(session, vault):
        case Fit.WRONG:
            return bad("key", "key_wrong")
        case Fit.WITH_FORMER:
            return good("key", "key_with_former")
        case Fit.FITS:
            return good("key")


def sealed_values(session: Session, vault: Vault) -> Finding:
    """加密内容: how much rests on which secret."""
    found = resealing.counts(session, vault)
    lost, current = found.pop(None, 0), found.pop(0, 0)
    former = sorted(found.items())
    if lost:
        return bad("sealed", "sealed_unreadable", current=current, former=former, lost=lost)
    if former:
        return note("sealed", "sealed_with_former", current=current, former=former)
    return good("sealed", "sealed_with_newest", current=current)


def files(settings: Settings) -> Finding:
    """文件目录: can something be written to our folders, and how much room is left there."""
    free: dict[int, int] = {}
    for folder in (settings.files_dir, settings.data_dir):
        try:
            write_probe(folder)
            free[folder.stat().st_dev] = shutil.disk_usage(folder).free
        except OSError as error:
            return bad("files", "files_not_writable", folder=folder, problem=error.strerror or str(error))
    megabytes = min(free.values()) // 10**6
    if megabytes < LEAST_ROOM:
        return bad("files", "files_full", megabytes=megabytes)
    if megabytes < LITTLE_ROOM:
        return note("files", "files_little", megabytes=megabytes)
    return good("files", "files_room", gigabytes=megabytes // 1000)


def write_probe(folder: Path) -> None:
    """Write a small file as an upload would be, and remove it. Raises ``OSError`` where that fails."""
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(b"wxsvc" * 1000)
        probe.flush()
        os.fsync(probe.fileno())


def broker(settings: Settings) -> Finding:
    """消息队列: can it be reached, and written to: a Redis that is full still answers."""
    if settings.broker_url.startswith(IN_PROCESS):
        return good("broker", "broker_in_process")
    from kombu import Connection  # the web asks only on a page of the province, and starts sooner without
    from redis import ResponseError

    patience = {"socket_timeout": BROKER_SECONDS}
    try:
        with Connection(settings.broker_url, connect_timeout=BROKER_SECONDS, transport_options=patience) as connection:
            # kombu by itself waits two seconds before it asks once more.
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_SECONDS)
            client: Any = getattr(connection.default_channel, "client", None)
            if client is not None:
                client.set("wxsvc-doctor", "", ex=1)
    except ResponseError as error:
        return bad("broker", "broker_not_writable", problem=_first_line(error))
    except Exception as error:  # every transport has exceptions of its own
        return bad("broker", "broker_silent", problem=_first_line(error))
    return good("broker")


def _first_line(error: BaseException) -> str:
    return observe.scrubbed(str(getattr(error, "orig", None) or error)).partition("\n")[0][:200]
