from __future__ import annotations
import os, time, json
import pytest, sqlalchemy as sa
from tests import builders
from tests.wxsvc.pages.web import Phone, fold, empty_database, page_clock, settings, account, wechat, wechat_server
from tests.wxsvc.pages.world import settle
from wxsvc.app import create_app
from wxsvc.files import Files
from wxsvc.garbage import nothing_collected
from wxsvc.chat import answers
from wxsvc.services.judging import review_queue
from wxsvc.services.actor import MACHINE


@pytest.mark.bench
@pytest.mark.timeout(1200)
def test_repro(settings, page_clock, emptied_postgres, wechat, tmp_path, capsys):
    db = emptied_postgres
    db.dispose()
    sa.event.listen(db.engine, "connect", lambda raw, rec: setattr(raw, "prepared_max", 5000))
    if os.environ.get("ANALYZED_EMPTY"):
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
            c.exec_driver_sql("vacuum full")
            c.exec_driver_sql("vacuum analyze")
    else:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
            c.exec_driver_sql("vacuum full")
    came = int(os.environ.get("CAME", "3000"))
    world = settle(db.transaction, Files(tmp_path / "files", 2**20))
    with db.transaction() as s:
        n = int(os.environ.get("FIRST", "40"))
        s.execute(
            sa.text("update activities set stage = 'approved', reviewed_at = now() where id = :a"),
            {"a": world.activity_id},
        )
        for _ in range(n):
            builders.check_in(
                s,
                s.get_one(__import__("models.activity", fromlist=["Activity"]).Activity, world.activity_id),
                builders.enterprise(s),
                checked_in_at=builders.NOW,
                received_at=builders.NOW,
            )
    if os.environ.get("ANALYZED_FEW"):
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
            c.exec_driver_sql("vacuum analyze")
    if os.environ.get("ZERO"):
        with db.transaction() as s:
            s.execute(sa.text("set local session_replication_role = replica"))
            for t in ("check_ins", "contacts", "enterprises"):
                s.execute(sa.text(f"delete from {t}"))
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
            c.exec_driver_sql("vacuum analyze")
    fold(db.transaction)
    with nothing_collected():
        app = create_app(settings, page_clock, db)
    app.config["RATELIMIT_ENABLED"] = False
    phones = {"/p": Phone(app, world.staff), "/v": Phone(app, world.province), "/m": Phone(app, world.visitor)}
    phones["/n"] = phones["/d"] = phones["/c"] = phones["/i"] = phones["/m"]
    paths = [
        r.rule
        for r in app.url_map.iter_rules()
        if "GET" in r.methods and not r.arguments and r.rule[:2] in phones and r.rule.count("/") < 4
    ]
    A = world.activity_code
    paths += [
        f"/p/activity/{A}",
        f"/p/activity/{A}/arrivals",
        f"/p/activity/{A}/wrap-up",
        f"/v/review/activity/{world.activity_id}",
        "/v/dashboard/430100",
        "/v/score/430100",
        "/v/score/430100/activity_participations",
        "/v/platforms/430100",
        f"/p/activity/{A}/found?q=企业",
        "/v/review/batch",
        "/v/people?q=a",
        "/v/score/430100/left-out",
        "/v/score/430100/history",
        "/v/annex/430100",
        "/p/score/activity_participations",
        "/p/score/left-out",
        "/v/year/2026/preview",
    ]
    house = app.extensions["wxsvc"]
    import threading

    pids = []

    def find_pids():
        with db.engine.connect() as c:
            pids[:] = c.scalars(sa.text("select pid from pg_stat_activity where datname = current_database()")).all()

    def cpu():
        t = time.thread_time()
        for pid in pids:
            try:
                with open(f"/proc/{pid}/schedstat") as f:
                    t += int(f.read().split()[0]) / 1e9
            except OSError:
                pass
        return t

    def ask(path):
        if path.startswith("chat"):
            b = cpu()
            {"chat province": lambda: answers.province_overview(house, phones["/v"].openid, builders.NOW)}[path]()
            return cpu() - b, 200
        p = phones[path[:2]]
        b = cpu()
        r = p.client.get(path, headers={"User-Agent": p.agent}, buffered=True)
        return cpu() - b, r.status_code

    for ph, path in (("/p", "/p/today"), ("/v", "/v/review"), ("/m", "/me")):
        phones[ph].get(path)
    paths.append("chat province")
    if os.environ.get("FEW"):
        paths = [
            p
            for p in paths
            if A in p
            or p
            in (
                "/p/today",
                "/p/score",
                "/v/review",
                "/v/status",
                "/v/wall",
                "chat province",
                "/me",
                "/v/enterprises",
                "/v/dashboard/430100",
                "/v/score/430100",
            )
            or "/v/review/act" in p
        ]
    good = [p for p in paths if ask(p)[1] == 200]
    for _ in range(int(os.environ.get("BEFORE", "10"))):
        for p in good:
            ask(p)
    for c in ("on",):
        with db.transaction() as s:
            s.execute(
                sa.text("""insert into enterprises (uscc, name, name_form, region_code, created_at)
             select '9' || '1430199MA' || lpad(n::text, 8, '0'), '第' || n || '号企业','第' || n || '号企业', '430102', now() from generate_series(1, :came) n"""),
                {"came": came},
            )
            s.execute(
                sa.text(
                    """insert into persons (openid, created_at, is_no_enterprise, is_following) select 'o-x' || n, now(), false, false from generate_series(1, :came) n"""
                ),
                {"came": came},
            )
            s.execute(sa.text("set local session_replication_role = replica"))
            s.execute(
                sa.text("""insert into activities (code, platform_id, year, title, category, form, organisers, starts_at, ends_at, opens_at,
        closes_at, place, scene, short_code, published_at, stage, submitted_at, reviewed_at, version, created_at,
        is_backfilled)
    select 'L-' || n, 1 + (select min(id) from platforms) - 1, 2026, '第' || n || '场服务活动',
        (array['brand', 'digital', 'listing', 'other'])[1 + n % 4],
        'onsite', '主办', day, day + interval '2 hours', day - interval '1 hour', day + interval '2 hours',
        '会议中心', 'L' || n, lpad((n % 100000)::text, 5, '0'), day - interval '3 days',
        case when n <= 150 then 'submitted' else 'approved' end, day + interval '3 days',
        case when n > 150 then day + interval '5 days' end, 1, day - interval '3 days', false
    from generate_series(1, 300) n,
    lateral (select make_timestamptz(2026, 1 + n % 11, 1 + n % 20, 9, 0, 0, 'Asia/Shanghai') as day) d""")
            )
            s.execute(
                sa.text("""insert into activity_platforms (activity_id, platform_id, part, asked_at, confirmed_at, awaits_review)
    select id, platform_id, 'host', published_at, published_at, false from activities where code like 'L-%'""")
            )
            s.execute(
                sa.text("""insert into check_ins (activity_id, enterprise_id, door, evidence_grade, checked_in_at, received_at)
    select a.id, e.id, 'code', 1, a.starts_at, a.starts_at from (select id, starts_at, row_number() over (order by id) n from activities where code like 'L-%') a join (select id, row_number() over (order by id) n from enterprises) e on e.n % 300 = a.n % 300 and e.n < 300000""")
            )
            s.execute(
                sa.text("""insert into check_ins (activity_id, enterprise_id, person_id, door, evidence_grade, checked_in_at, received_at)
              select :a, e.id, p.id, 'code', 1, now(), now() from (select id, row_number() over (order by id) n from enterprises where name like '第%号企业') e join (select id, row_number() over (order by id) n from persons where openid like 'o-x%') p using (n) on conflict do nothing"""),
                {"a": world.activity_id},
            )
            print(s.scalar(sa.text("select count(*) from check_ins")))
    fold(db.transaction)
    with db.read() as s:
        print(
            "known",
            s.execute(
                sa.text(
                    "select relname, reltuples, relpages, pg_relation_size(oid)/8192 from pg_class where relname in ('check_ins','enterprises')"
                )
            ).all(),
        )
    if os.environ.get("PAUSE"):
        time.sleep(float(os.environ["PAUSE"]))

    def all_of():
        [ask(p) for p in good]
        find_pids()
        return {p: min(ask(p)[0] for _ in range(3)) for p in good}

    find_pids()
    old = {p: ask(p)[0] for p in good}
    old2 = all_of()
    db.dispose()
    for _ in range(2):
        [ask(p) for p in good]
    new = all_of()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        c.exec_driver_sql("analyze")
    db.dispose()
    known = all_of()
    with capsys.disabled():
        print()
        for p in sorted(good, key=lambda p: -old[p] / new[p])[:25]:
            print(
                f"{p:60} kept {old[p] * 1000:8.1f} again {old2[p] * 1000:8.1f} new {new[p] * 1000:8.1f} analyzed {known[p] * 1000:8.1f} x{old[p] / new[p]:.2f}"
            )
        print("sum", sum(old.values()), sum(new.values()), sum(known.values()))
