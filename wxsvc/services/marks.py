"""标记: what a form showed, in a few letters. It comes back with the form, so nothing is overwritten that nobody saw.

For what has no version of its own; records, platforms and rulings count theirs.
"""

from __future__ import annotations

from hashlib import sha256

from wxsvc.services.refusal import Refused


def mark(*told: object) -> str:
    """The mark of what a form tells: other values, another mark. Nobody reads the values out of it."""
    return sha256(repr(told).encode()).hexdigest()[:16]


def must_stand(shown: str | int | None, stands: str | int) -> None:
    """``shown`` is the mark (or version) of what stands, or no form showed anything (None); else
    ``Refused("edited_by_other")``.

    Asked under the lock, and only once something would change: the same again is what stands.
    """
    if shown not in (None, stands):
        raise Refused("edited_by_other")
