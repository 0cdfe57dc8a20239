"""The entry to the API: method, token, quota, capability and body are checked before a handler sees a call."""

import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from werkzeug.wrappers import Request, Response

from wxsvc.simulator.account import Account
from wxsvc.simulator.call import Answer, Call, Endpoint, File
from wxsvc.simulator.faults import Fault
from wxsvc.simulator.refusal import Refusal

BAD_GATEWAY = (
    "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
)
RID_KEPT = 7 * 86400
_ESCAPE = re.compile(rb"\\u[0-9a-fA-F]{4}")


class Dropped(ConnectionResetError):
    """The connection is to be broken instead of answered."""


@dataclass(frozen=True)
class Record:
    """One call as the log keeps it; ``errcode`` is 0 on success and None when nothing was answered."""

    path: str
    at: float
    errcode: int | None
    rid: str
    caller: str
    body: str = ""
    answer: str = ""


class Gate:
    """Answers what is below ``/cgi-bin/``, ``/wxaapi/`` and ``/sns/``. Business errors travel with HTTP status 200."""

    def __init__(self, account: Account) -> None:
        self._account = account
        rid = Endpoint("/cgi-bin/openapi/rid/get", self._rid)
        self._endpoints = {endpoint.path: endpoint for endpoint in [*account.endpoints(), rid]}
        self.calls: list[Record] = []

    def count(self, path: str) -> int:
        """Return how many calls to a path have arrived."""
        return sum(1 for call in list(self.calls) if call.path == path)

    def answer(self, request: Request) -> Response:
        """Carry out one call, or the fault that waits for it. Raises Dropped where the connection breaks."""
        request.get_data()  # Werkzeug does not close a connection whose body is unread.
        fault = self._account.faults.take(request.path)
        if fault is not None and fault.seconds:
            time.sleep(fault.seconds)
        with self._account.lock:
            rid = f"{int(self._account.clock.now()):08x}-{self._hex()}-{self._hex()}"
            try:
                self._strike(fault)
                answer = self._handle(request)
            except Refusal as refusal:
                link = ", rid: " if request.path.startswith("/sns/") else " rid: "
                answer = {"errcode": refusal.code, "errmsg": refusal.message + link + rid}
            except (Dropped, _Html) as broken:
                self._note(request, None, rid, "")
                if isinstance(broken, Dropped):
                    raise
                return Response(BAD_GATEWAY, 502, mimetype="text/html")
            if isinstance(answer, File):
                self._note(request, 0, rid, "")
                response = Response(answer.content, mimetype=answer.content_type)
                response.headers["Content-Disposition"] = f'attachment; filename="{quote(answer.name or "media")}"'
            else:
                text = json.dumps(answer, ensure_ascii=False)
                self._note(request, int(answer.get("errcode", 0)), rid, text)
                response = Response(text, content_type="application/json; encoding=utf-8")
        if fault is not None and fault.kind == "lost":
            raise Dropped
        return response

    @staticmethod
    def _strike(fault: Fault | None) -> None:
        if fault is None:
            return
        if fault.kind == "error":
            raise Refusal(fault.code)
        if fault.kind == "html":
            raise _Html
        if fault.kind == "reset":
            raise Dropped

    def _handle(self, request: Request) -> Answer:
        endpoint = self._endpoints.get(request.path)
        if endpoint is None:
            raise Refusal(40066)
        if endpoint.method != "ANY" and request.method != endpoint.method:
            raise Refusal(43001 if endpoint.method == "GET" else 43002)
        if endpoint.token:
            self._account.tokens.check(request.args.get("access_token", ""))
        if endpoint.capability is not None and endpoint.capability not in self._account.capabilities:
            raise Refusal(48001)
        body = self._body(request) if endpoint.body == "json" else {}
        call = Call(
            args={**request.args.to_dict(), **(request.form.to_dict() if endpoint.method == "ANY" else {})},
            body=body,
            upload=self._upload(request) if endpoint.body == "file" else None,
            caller=request.remote_addr or "",
            host_url=request.host_url.rstrip("/"),
        )
        self._account.quotas.spend(endpoint.path)
        return endpoint.handler(call)

    @staticmethod
    def _body(request: Request) -> dict[str, Any]:
        data = request.get_data()
        if not data:
            raise Refusal(44002)
        if request.path.startswith("/cgi-bin/menu/") and _ESCAPE.search(data):
            raise Refusal(40033)
        try:
            body = json.loads(data)
        except ValueError as error:
            raise Refusal(47001) from error
        if not isinstance(body, dict):
            raise Refusal(47001)
        return body

    @staticmethod
    def _upload(request: Request) -> File | None:
        upload = request.files.get("media")
        if upload is None:
            return None
        return File(upload.read(), upload.mimetype or "application/octet-stream", upload.filename or "")

    def _hex(self) -> str:
        return self._account.serial.data(4).hex()

    def _note(self, request: Request, errcode: int | None, rid: str, answer: str) -> None:
        is_file = (request.mimetype or "").startswith("multipart/")
        body = "" if is_file else request.get_data(as_text=True)[:4000]
        caller = request.remote_addr or ""
        record = Record(request.path, self._account.clock.now(), errcode, rid, caller, body, answer[:4000])
        self.calls = [*self.calls, record][-10000:]

    def _rid(self, call: Call) -> Answer:
        rid = call.text("rid", 76001)
        record = next((record for record in reversed(self.calls) if record.rid == rid), None)
        if record is None:
            raise Refusal(76001)
        if self._account.clock.now() - record.at > RID_KEPT:
            raise Refusal(76003)
        request = {
            "invoke_time": int(record.at),
            "cost_in_ms": 1,
            "request_url": f"https://api.weixin.qq.com{record.path}",
            "request_body": record.body,
            "response_body": record.answer,
            "client_ip": record.caller,
        }
        return {"errcode": 0, "errmsg": "ok", "request": request}


class _Html(Exception):
    """A gateway's page is to be sent instead of an answer."""
