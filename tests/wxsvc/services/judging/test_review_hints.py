"""疑点 of records that wait are asked by a query that is built once for a kind and a day: for one, and for several."""

from __future__ import annotations

from functools import cache

import pytest

from tests import builders
from wxsvc.db import Database
from wxsvc.services.judging import review_hints
from wxsvc.services.records.hints import Hint


def test_records_of_one_day_share_the_query_and_not_the_hints(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    built = []
    monkeypatch.setattr(review_hints, "_disputed", lambda subject, asked: built.append((subject, asked)) or [])
    monkeypatch.setattr(review_hints, "_doubts", cache(review_hints._doubts.__wrapped__))
    with db.transaction() as session:
        own = builders.platform(session)
        seen, unseen = builders.activity(session, own), builders.activity(session, own, place="另一地")
        builders.photo(session, seen)
        assert review_hints.of_record(session, seen) == ()
        assert review_hints.of_record(session, unseen) == (Hint.NO_PHOTO,)
        for _ in range(2):
            assert review_hints.of(session, {(each.SUBJECT, each.id) for each in (seen, unseen)}) == {
                (unseen.SUBJECT, unseen.id): (Hint.NO_PHOTO,)
            }
    assert [subject for subject, _ in built] == [seen.SUBJECT] * 2
