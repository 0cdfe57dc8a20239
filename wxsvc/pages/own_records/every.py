"""Every blueprint of this folder, as 平台 joins them."""

from __future__ import annotations

from wxsvc.pages.own_records import needs, offline_services, online_trades, picker, posts, trade_lists, waiting_needs

blueprints = tuple(
    each.blueprint
    for each in (
        picker,
        offline_services,
        online_trades,
        trade_lists,
        waiting_needs,
        needs,
        posts,
    )
)
