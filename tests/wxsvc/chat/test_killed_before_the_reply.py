"""``kill -9`` between the commit and the reply: WeChat sends the push again, and both repeats find it done."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest

from tests.databases import every_row
from tests.wxsvc.chat.hall import KINDS, Hall, event, hall, text
from wxsvc.chat import callback, passive
from wxsvc.db import Database

pytestmark = pytest.mark.both_databases
__all__ = ["hall"]

PUSHES = {
    "scan": (KINDS["scan"], "无需重复操作"),
    "short code": (text("12345"), "无需重复操作"),
    "scan of a stranger": (event("SCAN", "1", openid="o-new"), "请先登记"),
    "following by a scan": (event("subscribe", "qrscene_1", openid="o-new"), "请先登记"),
    "picture": (KINDS["image"], "已收到第1张"),
    "leaving": (KINDS["unsubscribe"], ""),
}
"""What is pushed, and what its repeats are answered with."""


def _die(*_given: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _receive(hall: Hall, url: str, xml: bytes) -> None:
    """In a process of its own, which ends where it would answer."""
    passive.text_reply = callback._acknowledged = _die  # type: ignore[assignment]
    hall.database = Database(url)
    hall.push(xml)


@pytest.mark.parametrize("kind", PUSHES)
def test_two_repeats_change_nothing(hall: Hall, kind: str) -> None:
    xml, said = PUSHES[kind]
    before = every_row(hall.database)
    hall.database.dispose()  # the other process shares no connection
    url = hall.database.url.render_as_string(hide_password=False)
    receiver = multiprocessing.get_context("fork").Process(target=_receive, args=(hall, url, xml))
    receiver.start()
    receiver.join(60)
    assert receiver.exitcode == -signal.SIGKILL
    done = every_row(hall.database)
    assert done != before
    for _ in range(2):
        assert said in hall.said(xml)
        assert every_row(hall.database) == done
