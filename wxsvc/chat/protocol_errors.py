"""The one way in which the protocol says that it does not believe a push, or cannot read it."""

from enum import StrEnum


class PushFault(StrEnum):
    """Why a push was refused or not read: a stable code for logs and counters, never shown to WeChat."""

    TOO_LARGE = "too_large"
    ARGUMENT = "argument"  # a query argument is missing, doubled or malformed
    STALE = "stale"  # signed longer ago, or further ahead, than the window allows
    SIGNATURE = "signature"
    MODE = "mode"  # plain where encrypted is required, or the other way round
    BASE64 = "base64"
    PADDING = "padding"
    LENGTH = "length"
    APP_ID = "app_id"  # encrypted for another account
    PROLOG = "prolog"  # something other than <xml> comes first; a DOCTYPE above all
    XML = "xml"
    ENCODING = "encoding"
    DEPTH = "depth"
    DOUBLED = "doubled"  # the same element twice where one is meant
    FIELD = "field"  # a required element is missing or has an impossible value


_STATUS = {
    PushFault.TOO_LARGE: 413,
    PushFault.STALE: 403,
    PushFault.SIGNATURE: 403,
    PushFault.MODE: 403,
    PushFault.APP_ID: 403,
}


class BadPush(Exception):
    """A push that is not believed or not understood. Nothing else is ever raised by the protocol.

    `reason` says why, `detail` names the argument or element and holds nothing that the sender wrote. `status` is the
    HTTP status (400, 403 or 413) for one that is refused at its envelope; what is inside is never refused.
    """

    def __init__(self, reason: PushFault, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail

    @property
    def status(self) -> int:
        """The HTTP status to answer with."""
        return _STATUS.get(self.reason, 400)
