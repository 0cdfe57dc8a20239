"""The rows of the table about counting anew: ``test_recount`` says how they are measured."""

from __future__ import annotations

import pytest

from tests.bench.figures import FULL, Figures, Row, size
from wxsvc.db import Database

pytestmark = [pytest.mark.bench, pytest.mark.postgres, pytest.mark.timeout(900)]


def test_recount(figures: Figures, emptied_postgres: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """A full recount against the bare grouped SQL, and the fold of one platform."""
    test_recount = pytest.importorskip("tests.bench.test_recount")
    found = test_recount.measure(emptied_postgres, size().recounted, runs=3 if size() is FULL else 1)
    with capsys.disabled():
        taken = f"{found.recount:.2f} s against {found.bare:.2f} s with {found.check_ins:,} check-ins"
        figures.note(Row.RECOUNT, f"{found.ratio:.1f} ×: {taken}, {found.statements:,} statements")
        figures.note(Row.FOLD, f"{found.fold * 1000:.0f} ms, {found.fold_statements} statements")
