"""The push engine: sends what people do to the callback, and reads the answer within five seconds."""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import requests

from wxsvc.simulator import xmltext
from wxsvc.simulator.clock import Clock
from wxsvc.simulator.reply import BadReply, Reply
from wxsvc.simulator.serial import Serial
from wxsvc.simulator.tampering import Tampering
from wxsvc.simulator.wrapping import Parcel, Wrapping

LARGEST_ANSWER = 1024 * 1024


@dataclass(frozen=True)
class Attempt:
    """One POST: ``outcome`` is ``answered``, ``late``, ``unreachable`` or ``status <n>``."""

    outcome: str
    seconds: float
    status: int | None = None


@dataclass
class Delivery:
    """What became of a push. ``problem`` is empty when the answer could be used."""

    fields: Mapping[str, xmltext.Value]
    attempts: list[Attempt] = field(default_factory=list)
    reply: Reply | None = None
    problem: str = ""


@dataclass
class Rules:
    """Timeouts and numbers of attempts. Source: "Receive messages" page; the count of failures is our guess."""

    answer_within: float = 5.0
    attempts: int = 3
    failures_to_mark: int = 5
    mark_seconds: float = 60.0


class Pushes:
    """Delivers pushes, at once or from the queue, as they are or with the faults of real networks."""

    def __init__(
        self, callback_url: str, wrapping: Wrapping, tampering: Tampering, clock: Clock, serial: Serial
    ) -> None:
        self.callback_url, self.rules = callback_url, Rules()
        self.log: list[Delivery] = []
        self.listener: Callable[[Delivery], None] = lambda _: None
        """Told of every delivery that is no copy, so that the chat can show its reply."""
        self._wrapping, self.tampering, self._clock, self._serial = wrapping, tampering, clock, serial
        self._lock = threading.Lock()
        self._failures, self._marked_until = 0, 0.0
        self._copies: list[int] = []
        self._wrong: list[str] = []
        self._delays: list[float] = []
        self._held: list[Mapping[str, xmltext.Value]] | None = None
        self._queue: queue.Queue[tuple[float, Mapping[str, xmltext.Value]] | None] = queue.Queue()
        self._worker: threading.Thread | None = None

    # What the engine does

    def send(self, fields: Mapping[str, xmltext.Value]) -> Delivery | None:
        """Deliver a push and wait for its end; None when it is held back or delayed."""
        with self._lock:
            if self._held is not None:
                self._held.append(fields)
                return None
            delay = self._delays.pop(0) if self._delays else 0.0
            copies = self._copies.pop(0) if self._copies else 1
        if delay:
            self.send_later(fields, delay)
            return None
        first = self._deliver(fields)
        for _ in range(copies - 1):
            self._deliver(fields, shown=False)
        return first

    def send_later(self, fields: Mapping[str, xmltext.Value], delay: float = 0.0) -> None:
        """Deliver a push from a thread of its own, ``delay`` real seconds from now."""
        with self._lock:
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="simulator-pushes", daemon=True)
                self._worker.start()
        self._queue.put((time.monotonic() + delay, fields))

    def settle(self) -> None:
        """Wait until nothing is left to be delivered."""
        self._queue.join()

    def stop(self) -> None:
        """Deliver what waits and end the thread."""
        worker, self._worker = self._worker, None
        if worker is not None:
            self._queue.put(None)
            worker.join()

    def verify_url(self) -> bool:
        """Ask the callback as the console does when its address is saved; true when it echoes rightly."""
        echo = str(self._serial.number(19))
        query = self._wrapping.signed_query(int(self._clock.now()), echostr=echo)
        try:
            answer = requests.get(self.callback_url, params=query, timeout=self.rules.answer_within)
        except requests.RequestException:
            return False
        return answer.status_code == 200 and answer.text == echo

    # How it may be bent

    def duplicate(self, copies: int = 2) -> None:
        """Deliver the next push several times: the same message under new nonces."""
        self._copies.append(copies)

    def delay(self, seconds: float) -> None:
        """Deliver the next push real seconds later."""
        self._delays.append(seconds)

    def tamper(self, kind: str) -> None:
        """Make the next push wrong in one of ``tampering.kinds``; it is tried once."""
        if kind not in self.tampering.kinds:
            raise ValueError(f"no such tampering: {kind}")
        self._wrong.append(kind)

    def hold(self) -> None:
        """Keep pushes back until ``release``."""
        with self._lock:
            self._held = self._held or []

    def release(self, order: str = "sent", copies: int = 1) -> list[Delivery]:
        """Deliver what was held back, in order ``sent``, ``reversed`` or ``shuffled``, each so many times."""
        with self._lock:
            held, self._held = (self._held or []) * copies, None
        shown: set[int] = set()
        if order == "reversed":
            held.reverse()
        elif order == "shuffled":
            held = self._serial.shuffled(held)
        deliveries = []
        for fields in held:
            deliveries.append(self._deliver(fields, shown=id(fields) not in shown))
            shown.add(id(fields))
        return deliveries

    def mark(self, seconds: float | None = None) -> None:
        """Stop pushing at once (MarkFail), for a minute unless told otherwise; 0 ends it."""
        wait = self.rules.mark_seconds if seconds is None else seconds
        with self._lock:
            self._failures, self._marked_until = 0, self._clock.now() + wait

    @property
    def is_marked(self) -> bool:
        """True while WeChat has stopped pushing after repeated failures (MarkFail)."""
        return self._clock.now() < self._marked_until

    # Inside

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            due, fields = item
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                self._deliver(fields)
            finally:
                self._queue.task_done()
        self._queue.task_done()

    def _deliver(self, fields: Mapping[str, xmltext.Value], *, shown: bool = True) -> Delivery:
        delivery = Delivery(fields)
        with self._lock:
            wrong = self._wrong.pop(0) if self._wrong else ""
        if self.is_marked:
            delivery.problem = "markfail"
        elif wrong:
            self._try(delivery, self.tampering.make(wrong, fields, int(self._clock.now())))
        else:
            for _ in range(self.rules.attempts):
                if self._try(delivery, self._wrapping.wrap(fields, int(self._clock.now()))):
                    break
            self._count(bool(delivery.problem))
        with self._lock:
            self.log = [*self.log, delivery][-10000:]
        if shown:
            self.listener(delivery)
        return delivery

    def _count(self, failed: bool) -> None:
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            if self._failures >= self.rules.failures_to_mark:
                self._failures, self._marked_until = 0, self._clock.now() + self.rules.mark_seconds

    def _try(self, delivery: Delivery, parcel: Parcel) -> bool:
        """Make one attempt; true when there is no reason for another."""
        start = time.monotonic()
        try:
            status, body = self._post(parcel)
            outcome = "answered" if status == 200 else f"status {status}"
        except TimeoutError:
            status, body, outcome = None, b"", "late"
        except requests.RequestException as error:
            late = isinstance(error, requests.Timeout)
            status, body, outcome = None, b"", "late" if late else "unreachable"
        delivery.attempts.append(Attempt(outcome, time.monotonic() - start, status))
        if outcome != "answered":
            delivery.problem = outcome
            return False
        try:
            delivery.reply = self._wrapping.unwrap(body, str(delivery.fields["FromUserName"]))
            delivery.problem = ""
        except BadReply as error:
            delivery.problem = f"bad reply: {error}"
        return True

    def _post(self, parcel: Parcel) -> tuple[int, bytes]:
        deadline = time.monotonic() + self.rules.answer_within
        with requests.Session() as session:
            session.trust_env = False
            headers = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", "Pragma": "no-cache"}
            with session.post(
                self.callback_url,
                params=parcel.query,
                data=parcel.body,
                headers=headers,
                timeout=self.rules.answer_within,
                stream=True,
                allow_redirects=False,
            ) as answer:
                body = b""
                for piece in answer.iter_content(65536):
                    body += piece
                    if time.monotonic() > deadline or len(body) > LARGEST_ANSWER:
                        raise TimeoutError
                return answer.status_code, body
