"""A province by chance is counted twice: by the product from its rows, and here with the numbers of 附件1."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

import pytest

from scoring.terms import ActivityCategory, PlatformKind
from tests.builders import BEIJING
from tests.wxsvc.services.counting.plain_world import YEAR, Own, PlainWorld
from wxsvc.db import Database
from wxsvc.services.counting import scorecards, tallies
from wxsvc.services.counting.facts import CountStatus

LATER = datetime(2027, 12, 31, 12, tzinfo=BEIJING)
HALF, ONE, TWO, THREE = Decimal("1.5"), Decimal(1), Decimal(2), Decimal(3)
PARTICIPATIONS = {  # 得分, 达, 每少, 减
    PlatformKind.PREFECTURE: (15, 1500, 100, ONE),
    PlatformKind.CLUSTER: (10, 1000, 100, ONE),
    PlatformKind.COUNTY: (15, 1000, 100, HALF),
}
NEEDS = {PlatformKind.PREFECTURE: (5, 50, 10, ONE)}
OF_OTHERS = {"brand": (6, 2, THREE), "innovation": (6, 2, THREE), "digital": (6, 2, THREE)}
CATEGORIES = {
    PlatformKind.PREFECTURE: {"brand": (6, 3, TWO), "innovation": (6, 3, TWO), "digital": (6, 3, TWO)},
    PlatformKind.CLUSTER: OF_OTHERS,
    PlatformKind.COUNTY: OF_OTHERS,
}
OF_ALL = {"listing": (6, 2, THREE), "startup": (4, 2, TWO)}
OTHER = {PlatformKind.PREFECTURE: (12, 12, ONE)}


def by_the_text(own: Own) -> dict[str, Decimal]:
    """The points of each line."""

    def points(full: int, target: int, step: int, off: Decimal, done: int) -> Decimal:
        short = max(0, target - done)
        steps = {"whole": short // step, "started": -(-short // step), "linear": Decimal(short) / step}
        return max(Decimal(0), full - off * steps[own.by["partial_step"]])

    kind, beyond = own.platform.kind, 0
    takes_trades = kind is not PlatformKind.COUNTY
    lines = {
        "participations": points(*PARTICIPATIONS[kind], own.participations + (own.trades if takes_trades else 0)),
        "needs": points(*NEEDS.get(kind, (5, 25, 5, ONE)), own.needs),
        "dispatch": Decimal(max(0, 5 - own.missed)),
    }
    for word, (full, times, off) in (CATEGORIES[kind] | OF_ALL).items():
        held = own.held[ActivityCategory(word)]
        lines[word] = points(full, times, 1, off, held)
        beyond += max(0, held - times)
    full, times, off = OTHER.get(kind, (12, 8, HALF))
    moved = beyond if own.says("overflow_to_other") else 0
    lines["other"] = points(full, times, 1, off, own.held[ActivityCategory.OTHER] + moved)
    is_cluster = kind is PlatformKind.CLUSTER
    for code in ("website", "coordination", "platform_fusion" if is_cluster else "online_service"):
        lines[code] = own.ruled.get(code, Decimal(0))
    if is_cluster:
        lines["research_report"] = Decimal(5 if own.reports else 0)
    press = len(own.stories if own.by["one_story"] == "each" else set(own.stories)) if own.says("press_bonus") else 0
    lines["bonus_resources"] = min(Decimal(15), Decimal(3 * own.resources))
    lines["bonus_honours"] = min(15 - lines["bonus_resources"], Decimal(3 * (own.honours + press)))
    return lines


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", [0, 3, 4, 6])
def test_the_product_counts_what_the_text_says(db: Database, seed: int) -> None:
    """Every line of every card, by the defaults and by others; the rows behind it add up to what its working says."""
    with db.transaction() as session:
        world = PlainWorld(session, seed, is_decided=seed > 0)
        for own in world.all:
            tallies.fold(session, own.platform.id, YEAR, LATER)
    with db.read() as session:
        for own in world.all:
            card = scorecards.detail(session, own.platform.id, YEAR, LATER)
            assert card is not None
            expected = by_the_text(own)
            assert {line.code: line.points for line in card.lines} == expected, own
            assert card.total == sum(expected.values())
            for line in card.lines:
                numbers = re.findall(r"[0-9.]+", line.working)
                if line.counts and line.confirmed:
                    behind = scorecards.line_behind(session, own.platform.id, YEAR, line.code)
                    assert behind is not None
                    rows = [row.amount for row in behind.rows if row.standing is CountStatus.COUNTED]
                    assert sum(rows) == line.confirmed
                    assert str(line.confirmed) in numbers, line.working
