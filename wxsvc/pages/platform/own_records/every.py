"""Every blueprint of this folder, as 平台 joins them."""

from __future__ import annotations

from wxsvc.pages.platform.own_records import (
    bonus_claims,
    evidence,
    needs,
    offline_services,
    online_services,
    online_trades,
    own_assignments,
    picker,
    platform_fusions,
    posts,
    research_reports,
    responses,
    trade_lists,
    waiting_needs,
)

blueprints = tuple(
    each.blueprint
    for each in (
        *(picker, offline_services, online_trades, trade_lists, waiting_needs, needs, posts, online_services),
        *(research_reports, platform_fusions, own_assignments, responses, bonus_claims, evidence),
    )
)
