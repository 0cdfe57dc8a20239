"""Webhooks (推送): what waits for other systems goes out, signed, each event by one worker.

The signature is HMAC-SHA256 of ``<seconds>.<body>`` under the address's secret: the time is in it, so that an old
request is worth nothing to whoever kept a copy.
"""

from __future__ import annotations

import hmac
import http.client
import json
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Final

from wxsvc import observe, site_visits
from wxsvc.clock import as_json
from wxsvc.house import House
from wxsvc.services import webhook_outbox
from wxsvc.services.webhook_outbox import OutgoingEvent
from wxsvc.vault import VaultError

AT_ONCE: Final = 50
"""Events of one run."""
PATIENCE: Final = 10.0
"""Seconds of one run that an address may take: a slow one holds up neither the others nor the worker's other work."""
SIGNATURE: Final = "X-Wxsvc-Signature"

Post = Callable[[str, bytes, dict[str, str]], int]
"""Sends a body with headers to an address; the status of the answer."""


def send_webhooks(house: House, post: Post = site_visits.post) -> int:
    """Send what waits; returns how many arrived. Costs one read when nothing does."""
    with house.database.read() as session:
        if not webhook_outbox.has_work(session, house.now()):
            return 0
    arrived, taken = 0, defaultdict[int, float](float)
    for _ in range(AT_ONCE):
        slow = [webhook_id for webhook_id, seconds in taken.items() if seconds >= PATIENCE]
        with house.database.transaction() as session:
            outgoing = webhook_outbox.next_out(session, house.now(), but=slow)
        if outgoing is None:
            break
        began = monotonic()
        arrived += _send(house, outgoing, post)
        taken[outgoing.webhook_id] += monotonic() - began
    if arrived:
        observe.logger("worker").info("webhooks sent", events=arrived)
    return arrived


def clear_webhooks(house: House) -> None:
    """Forget what was sent months ago."""
    with house.database.transaction() as session:
        webhook_outbox.clear(session, house.now())


def body_of(outgoing: OutgoingEvent) -> bytes:
    """What is sent; the same at every try."""
    told = {
        "id": outgoing.delivery_id,
        "event": outgoing.event.value,
        "at": as_json(outgoing.made_at),
        "data": dict(outgoing.facts),
    }
    return json.dumps(told, ensure_ascii=False).encode()


def signature(secret: str, body: bytes, at: datetime) -> str:
    """``t=<seconds since 1970>,v1=<hexadecimal HMAC-SHA256>``."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={hmac.digest(secret.encode(), b'%d.%b' % (seconds, body), 'sha256').hex()}"


def _send(house: House, outgoing: OutgoingEvent, post: Post) -> bool:
    """Send one event, outside any transaction, and write down what came of it."""
    status, problem = None, None
    try:
        body = body_of(outgoing)
        signed = signature(house.vault.decrypt(outgoing.secret_sealed), body, house.now())
        status = post(outgoing.url, body, {"Content-Type": "application/json", SIGNATURE: signed})
    except (OSError, http.client.HTTPException, VaultError) as failure:
        problem = observe.scrubbed(f"{type(failure).__name__}: {failure}")
    has_arrived = status is not None and 200 <= status < 300
    with house.database.transaction() as session:
        if has_arrived and status is not None:
            webhook_outbox.delivered(session, outgoing.delivery_id, status, house.now())
        else:
            webhook_outbox.failed(session, outgoing.delivery_id, problem or f"HTTP {status}", status, house.now())
    return has_arrived
