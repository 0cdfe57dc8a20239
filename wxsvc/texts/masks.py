"""Masks (脱敏): what may be shown of a person where the whole would be too much. Pure functions on strings."""

from __future__ import annotations

import hashlib


def mask_phone(phone: str) -> str:
    """``13812341234`` → ``138****1234``. A number too short for that keeps its last two digits only."""
    if len(phone) >= 11:
        return f"{phone[:3]}****{phone[-4:]}"
    return "*" * max(len(phone) - 2, 4) + phone[-2:] if len(phone) > 4 else "****"


def mask_name(name: str) -> str:
    """The family name's character stays, every other one becomes a star (王小明 → 王**); two stars at the most."""
    return name[:1] + "*" * min(len(name) - 1, 2) if len(name) > 1 else "*" * len(name)


def mask_enterprise(name: str) -> str:
    """A company that a whole hall may see: its own people know it again, others do not (长沙星***有限公司)."""
    if len(name) >= 9:
        return f"{name[:3]}***{name[-4:]}"
    return f"{name[:1]}***{name[-1:]}" if len(name) > 2 else name[:1] + "***"


def mask_openid(openid: str) -> str:
    """A short, stable stand-in for an openid in logs: the same person is recognisable, the openid is not."""
    return "o~" + hashlib.sha256(openid.encode()).hexdigest()[:10]
