"""The yardstick: the least that can check somebody in. It knows no window, no consent, no refusal, no log and no score.

Flask, wechatpy and SQLAlchemy as their guides have it, and one statement for each scan: what somebody would write who
wants nothing but speed. Ours is measured against it in turns, on the same database server and the same granian.
"""

from __future__ import annotations

import os
import time

import sqlalchemy as sa
from flask import Flask, Response, request
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.replies import TextReply

from wxsvc.settings import Development

URL = "REFERENCE_DATABASE_URL"
"""The variable that names its database."""

metadata = sa.MetaData()
firms = sa.Table(
    "firms",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
)
visitors = sa.Table(
    "visitors",
    metadata,
    sa.Column("openid", sa.Text, primary_key=True),
    sa.Column("firm_id", sa.ForeignKey("firms.id"), nullable=False),
)
events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("scene", sa.Text, unique=True, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
)
arrivals = sa.Table(
    "arrivals",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("event_id", sa.ForeignKey("events.id"), nullable=False),
    sa.Column("firm_id", sa.ForeignKey("firms.id"), nullable=False),
    sa.Column("openid", sa.Text, nullable=False),
    sa.Column("scanned_at", sa.Double, nullable=False),
    sa.UniqueConstraint("event_id", "firm_id"),
)

ARRIVE = sa.text(
    """
    with known as (
        select events.id as event_id, events.title, firms.id as firm_id, firms.name
        from events, visitors join firms on firms.id = visitors.firm_id
        where events.scene = :scene and visitors.openid = :openid
    ), arrived as (
        insert into arrivals (event_id, firm_id, openid, scanned_at)
        select event_id, firm_id, :openid, cast(:now as double precision) from known
        on conflict (event_id, firm_id) do nothing
        returning id
    )
    select known.title, known.name, (select count(*) from arrived) from known
    """
)


def settle(url: sa.URL, people: list[str], scenes: list[str]) -> None:
    """Make its tables anew, with one firm for each person and one event for each scene."""
    engine = sa.create_engine(url)
    metadata.drop_all(engine)
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(firms.insert(), [{"id": n, "name": f"第{n}号企业"} for n, _ in enumerate(people)])
        connection.execute(visitors.insert(), [{"openid": each, "firm_id": n} for n, each in enumerate(people)])
        connection.execute(events.insert(), [{"scene": each, "title": f"第{each}场服务活动"} for each in scenes])
    engine.dispose()


def make_app() -> Flask:
    """The application for granian; its database is named by the environment."""
    engine = sa.create_engine(
        os.environ[URL],
        pool_size=8,
        isolation_level="AUTOCOMMIT",
        pool_reset_on_return=None,
        connect_args={"prepare_threshold": 1},
    )
    crypto = WeChatCrypto(Development.TOKEN, Development.AES_KEY, Development.APP_ID)
    app = Flask(__name__)

    @app.post("/wechat")
    def receive() -> Response:
        nonce, stamp = request.args["nonce"], request.args["timestamp"]
        try:
            opened = crypto.decrypt_message(request.get_data(), request.args["msg_signature"], stamp, nonce)
        except InvalidSignatureException:
            return Response(status=403)
        message = parse_message(opened)
        scan = {"scene": message.scene_id, "openid": message.source, "now": time.time()}
        with engine.connect() as connection:
            row = connection.execute(ARRIVE, scan).first()
        text = "请先登记企业" if row is None else f"{row[1]}：“{row[0]}”{'签到成功' if row[2] else '已签到'}"
        reply = TextReply(content=text, message=message).render()
        return Response(crypto.encrypt_message(reply, nonce, stamp), mimetype="application/xml")

    return app
