"""Access tokens of both kinds, with their overlap, the AppSecret and the whitelist of addresses."""

from dataclasses import dataclass

from wxsvc.simulator.call import OK, Answer, Call, Endpoint
from wxsvc.simulator.clock import Clock
from wxsvc.simulator.quotas import Quotas
from wxsvc.simulator.refusal import Refusal
from wxsvc.simulator.serial import Serial

LIFETIME = 7200
OVERLAP = 300
FORCED_PER_DAY = 20
FORCED_APART = 30


@dataclass
class Token:
    """One issued token; ``kind`` is ``plain`` or ``stable``."""

    text: str
    kind: str
    expires_at: float
    issued_at: float


class Tokens:
    """Issues and checks tokens. The two kinds know nothing of each other.

    Source: "Get access token" and "Get stable access token" pages.
    """

    def __init__(self, app_id: str, app_secret: str, clock: Clock, serial: Serial, quotas: Quotas) -> None:
        self.app_id, self.app_secret = app_id, app_secret
        self.whitelist: set[str] | None = None
        """Addresses that may ask for tokens; None admits everybody."""
        self.secret_frozen = False
        self._clock, self._serial, self._quotas = clock, serial, quotas
        self._issued: dict[str, Token] = {}
        self._latest: dict[str, Token] = {}
        self._forced: list[float] = []

    def check(self, text: str) -> None:
        """Refuse a token that is missing (41001), unknown or replaced (40001) or past its time (42001)."""
        if not text:
            raise Refusal(41001)
        token = self._issued.get(text)
        if token is None:
            raise Refusal(40001)
        if self._clock.now() >= token.expires_at:
            # A replaced token is "not latest"; one that simply grew old has "expired".
            raise Refusal(42001 if token.expires_at >= token.issued_at + LIFETIME else 40001)

    def kill_all(self) -> None:
        """Let every issued token die at once, as when the secret was reset in the console."""
        self._issued.clear()
        self._latest.clear()

    def expire_all(self) -> None:
        """Let every issued token reach the end of its life now: 42001."""
        now = self._clock.now()
        for token in self._issued.values():
            token.issued_at, token.expires_at = now - LIFETIME, now
        self._latest.clear()

    def plain(self) -> Token:
        """Issue a new plain token; the one before lives on for the overlap."""
        before = self._latest.get("plain")
        if before is not None:
            before.expires_at = min(before.expires_at, self._clock.now() + OVERLAP)
        return self._issue("plain")

    def stable(self, force: bool = False) -> Token:
        """Return the stable token, a new one in its last five minutes or when forced.

        Forcing kills the old one at once; it is ignored within 30 s of the last time and after 20 times a day.
        """
        now, current = self._clock.now(), self._latest.get("stable")
        if force and self._may_force(now):
            self._forced.append(now)
            if current is not None:
                current.expires_at = now
            return self._issue("stable")
        if current is not None and current.expires_at - now > OVERLAP:
            return current
        return self._issue("stable")

    def _may_force(self, now: float) -> bool:
        today = [at for at in self._forced if now - at < 86400]
        return len(today) < FORCED_PER_DAY and (not today or now - today[-1] >= FORCED_APART)

    def _issue(self, kind: str) -> Token:
        now = self._clock.now()
        token = Token(f"{self._serial.number(2)}_{self._serial.text(133)}", kind, now + LIFETIME, now)
        self._issued[token.text] = self._latest[kind] = token
        return token

    def credentials(self, app_id: str, secret: str, grant_type: str, caller: str) -> None:
        """Check in the order seen on the live API: AppID, secret, grant type; then the caller's address."""
        if not app_id:
            raise Refusal(41002)
        if app_id != self.app_id:
            raise Refusal(40013)
        if not secret:
            raise Refusal(41004)
        if secret != self.app_secret:
            raise Refusal(40125)
        if grant_type != "client_credential":
            raise Refusal(40002)
        if self.secret_frozen:
            raise Refusal(40243)
        if self.whitelist is not None and caller not in self.whitelist:
            raise Refusal(40164, f"invalid ip {caller} ipv6 ::ffff:{caller}, not in whitelist")

    def endpoints(self) -> list[Endpoint]:
        """The two token calls and the clearing of quotas by secret."""
        return [
            Endpoint("/cgi-bin/token", self._plain_call, "GET", token=False, body="none"),
            Endpoint("/cgi-bin/stable_token", self._stable_call, token=False),
            Endpoint("/cgi-bin/clear_quota/v2", self._clear_call, token=False),
        ]

    def _plain_call(self, call: Call) -> Answer:
        args = call.args
        self.credentials(args.get("appid", ""), args.get("secret", ""), args.get("grant_type", ""), call.caller)
        return {"access_token": self.plain().text, "expires_in": LIFETIME}

    def _stable_call(self, call: Call) -> Answer:
        body = {name: str(call.body.get(name, "")) for name in ("appid", "secret", "grant_type")}
        self.credentials(body["appid"], body["secret"], body["grant_type"], call.caller)
        token = self.stable(call.body.get("force_refresh") is True)
        return {"access_token": token.text, "expires_in": round(token.expires_at - self._clock.now())}

    def _clear_call(self, call: Call) -> Answer:
        if call.body.get("appid") != self.app_id:
            raise Refusal(40013)
        if call.body.get("appsecret") != self.app_secret:
            raise Refusal(40125)
        self._quotas.clear()
        return OK
