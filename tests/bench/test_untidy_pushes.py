"""20,000 honest but untidy pushes: none is refused, and every scan that can be read is a check-in."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from models.terms import Door
from tests.wxsvc.chat.test_honest_pushes import KINDS, SCAN, TICKET, Hall, cdata, mutated
from wxsvc.db import Database

PUSHES, SCANS = 18_000, 2_000


@pytest.fixture
def untidy_hall(sqlite_template: Path, tmp_path: Path) -> Iterator[Hall]:
    path = tmp_path / "wxsvc.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield Hall(database, tmp_path)
    database.dispose()


@pytest.mark.bench
@pytest.mark.timeout(1200)
def test_twenty_thousand_untidy_pushes(untidy_hall: Hall) -> None:
    """Mutations anywhere inside the sealed message; in the scans, beside what WeChat itself writes."""
    chance = Random(20261128)
    answers: Counter[int] = Counter()
    for _ in range(PUSHES):
        xml = mutated(KINDS[chance.choice(sorted(KINDS))], chance)
        answers[untidy_hall.push(xml, chance.choice(("safe", "plain"))).status_code] += 1
    came = []
    for number in range(SCANS):
        openid = f"o-untidy-{number:012}"
        untidy_hall.welcome(openid)
        rest = mutated(cdata(Unheard="gQ==").encode(), chance).replace(b"<!D", b"")
        xml = SCAN.replace(TICKET.encode(), rest).replace(b"o-one", openid.encode())
        answers[untidy_hall.push(xml, "safe").status_code] += 1
        came.append((openid, Door.CODE))
    assert answers == {200: PUSHES + SCANS}
    assert untidy_hall.check_ins()[-SCANS:] == came
