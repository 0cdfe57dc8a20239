"""The five digits of an activity, however they are typed; no other message is taken for them."""

from __future__ import annotations

import pytest

from wxsvc.texts import short_codes

TYPED = [
    "22148",
    " 22148\n",
    "２２１４８",
    "签到 22148",
    "签到２２１４８",
    "22148签到",
    "签到码：22148。",
    "我要签到，短码是22148！",
    "22 148",
    "2 2 1 4 8",
    "2-2-1-4-8",
    "【22148】",
    "#22148#",
    "您好，22148",
    "٢٢١٤٨",
    "②②①④⑧",
    "22148谢谢",
    "22148 来了",
    "现场签到22148吧",
    "22148号活动",
    "二二一四八",
    "签到码二二幺四八",
    "22148 22148",
    "签 到 22148",
    "2️⃣2️⃣1️⃣4️⃣8️⃣",
    "2️⃣ 2️⃣ 1️⃣ 4️⃣ 8️⃣ 👍",
    "22148[握手]",
    "[强]签到22148[OK]",
    "22148/::D",
    "/:8-)22148/:strong/:rose",
    "[22148]",
]
OTHERS = [
    "",
    "签到",
    "2214",
    "221481",
    "22148 22149",
    "22148家企业",
    "二〇二六",
    "2026.1",
    "2026-1",
    "11月23日 9:00",
    "长沙市22148",
    "13800138000",
    "22148元",
    "91430100MA4J00002A",
    "22[148]",
    "22148/:不来了",
    "2️⃣2️⃣1️⃣4️⃣",
]


@pytest.mark.parametrize("text", TYPED)
def test_it_is_understood(text: str) -> None:
    assert short_codes.read(text) == "22148"


@pytest.mark.parametrize("text", OTHERS)
def test_another_message_is_none(text: str) -> None:
    assert short_codes.read(text) is None
