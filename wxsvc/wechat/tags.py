"""Tags: labels on followers, by which a conditional menu finds its people.

Source: WeChat service account documentation, page "user tag management".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from wxsvc.wechat.errors import ApiError, NotFollowing, PartlyTagged

if TYPE_CHECKING:
    from wxsvc.wechat.gateway import Gateway

MOST_PER_CALL = 50
"""Openids in one call."""

_NAME_TAKEN = 45157
_TOO_MANY = 45059  # this person carries twenty tags already


def ids(gateway: Gateway) -> dict[str, int]:
    """All tags of the account: id by name."""
    return {str(tag["name"]): int(tag["id"]) for tag in gateway.wechatpy.tag.get()}


def ensure(gateway: Gateway, names: Iterable[str]) -> dict[str, int]:
    """The ids of these tags; those that do not exist are made. A name has at most 30 characters."""
    known = ids(gateway)
    found: dict[str, int] = {}
    for name in names:
        if name not in known:
            try:
                gateway.wechatpy.tag.create(name)
            except ApiError as refusal:
                if refusal.errcode != _NAME_TAKEN:  # another process was quicker
                    raise
            known = ids(gateway)
        found[name] = known[name]
    return found


def members(gateway: Gateway, tag_id: int) -> set[str]:
    """The openids of all followers who carry the tag."""
    found: set[str] = set()
    after = ""
    while True:
        page = gateway.wechatpy.tag.get_tag_users(tag_id, after or None)
        openids = [str(openid) for openid in (page.get("data") or {}).get("openid") or ()]
        after = str(page.get("next_openid") or "")
        if not openids or found.issuperset(openids):
            return found
        found.update(openids)


def add(gateway: Gateway, tag_id: int, openids: Sequence[str]) -> list[str]:
    """Put the tag on these followers; return those on whom it could not be put (most likely no followers)."""
    return _in_batches(openids, lambda batch: gateway.wechatpy.tag.tag_user(tag_id, batch))


def remove(gateway: Gateway, tag_id: int, openids: Sequence[str]) -> list[str]:
    """Take the tag off these followers; return those from whom it could not be taken."""
    return _in_batches(openids, lambda batch: gateway.wechatpy.tag.untag_user(tag_id, batch))


def _in_batches(openids: Sequence[str], call: Callable[[list[str]], object]) -> list[str]:
    failed: list[str] = []
    for start in range(0, len(openids), MOST_PER_CALL):
        batch = list(openids[start : start + MOST_PER_CALL])
        try:
            call(batch)
        except PartlyTagged as partly:
            failed += [openid for openid in partly.failed if _fails_again(openid, call)]
        except ApiError as refusal:  # WeChat refuses the whole batch for one of them, so each is tried alone
            if not _is_of_one_person(refusal):
                raise
            failed += [openid for openid in batch if _fails_again(openid, call)]
    return failed


def _fails_again(openid: str, call: Callable[[list[str]], object]) -> bool:
    try:
        call([openid])
    except PartlyTagged:
        return True
    except ApiError as refusal:
        if _is_of_one_person(refusal):
            return True
        raise
    return False


def _is_of_one_person(refusal: ApiError) -> bool:
    return isinstance(refusal, NotFollowing) or refusal.errcode == _TOO_MANY
