"""The tests of documents run against the whole app."""

from tests.wxsvc.pages.web import (
    app,
    empty_database,
    page_clock,
    phone,
    rows,
    settings,
    wechat,
    wechat_server,
    world,
)

__all__ = ["app", "empty_database", "page_clock", "phone", "rows", "settings", "wechat", "wechat_server", "world"]
