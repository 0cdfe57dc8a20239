"""回访抽查 on the desk: drawn, called, written down, and read at the record; phones are for provincial staff alone."""

from __future__ import annotations

import re
from typing import Any

from models.activity import Activity
from models.person import Person
from models.terms import Stage
from tests import builders
from tests.wxsvc.pages.statements import counted
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World


def test_a_sample_is_drawn_called_and_read_at_the_record(app: Any, rows: Any, phone: Any, world: World) -> None:
    vault = app.extensions["wxsvc"].vault
    with rows() as session:
        held = session.get_one(Activity, world.activity_id)
        held.stage, held.submitted_at, held.reviewed_at = Stage.APPROVED, builders.NOW, builders.NOW
        for _ in range(30):
            builders.check_in(session, held, builders.enterprise(session))
        visitor = session.query(Person).filter_by(openid=world.visitor).one()
        visitor.name_sealed, visitor.phone_sealed = vault.encrypt("王小明"), vault.encrypt("13812341234")
    reviewer = phone(world.reviewer)
    wrong = reviewer.post("/v/call-backs", year="2026", wanted="0", seed="2026-11", kind="")
    assert wrong.status_code == 422
    assert "抽取企业数请填1至500" in seen(wrong)
    assert 'value="2026-11"' in wrong.text
    page = reviewer.post("/v/call-backs", year="2026", wanted="31", seed="2026-11", kind="")
    assert "从31家中抽取31家" in seen(page)
    sample = "/v/call-backs/1"
    pages = [reviewer.get(f"{sample}?page={number}") for number in (1, 2)]
    with counted(app) as statements:
        reviewer.get(sample)
    assert len(statements) <= 12
    shown = next(each for each in pages if world.enterprise_name in each.text)
    assert "王小明" in seen(shown)
    assert "tel:13812341234" in shown.text
    row = re.search(rf'id="call-(\d+)".{{0,200}}{world.enterprise_name}', shown.text, re.DOTALL)
    assert row is not None
    at = f"{sample}/{row[1]}"
    assert "请选择" in seen(reviewer.post(at, sample, result="", note="没有派人", version="1"))
    done = reviewer.post(at, sample, result="denies", note="没有派人", version="1")
    assert "否认1家" in seen(done)
    assert "已回访1家：核实0家，否认1家" in seen(reviewer.get("/v/call-backs"))
    again = reviewer.post(at, sample, result="confirms", note="", version="1")
    assert again.status_code == 409
    record = seen(reviewer.get(f"/v/review/activity/{world.activity_id}"))
    assert "回访：否认参加，没有派人" in record
    assert "王**" in record
    assert "王小明" not in record
    assert "13812341234" not in record
    assert phone(world.staff).get(sample).status_code in (403, 404)
    assert reviewer.get("/v/call-backs/99").status_code == 404
