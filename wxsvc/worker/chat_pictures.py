"""Chat pictures (聊天照片): fetched from WeChat within minutes, drawn anew outside any transaction, attached."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Final

from wxsvc import observe
from wxsvc.filetypes import FileRefused, Reason
from wxsvc.services import received_pushes
from wxsvc.services.activity import chat_picture_errands as errands
from wxsvc.services.activity import photos
from wxsvc.services.activity.chat_picture_errands import Drop, Taken
from wxsvc.services.refusal import Refused
from wxsvc.wechat import media
from wxsvc.wechat.errors import MediaGone, Paused, WeChatError
from wxsvc.worker.workshop import Workshop

AT_ONCE: Final = 20
"""Pictures of one run: a hall full of them leaves the worker free for others in between."""


def fetch_pictures(shop: Workshop) -> int:
    """Fetch what was sent and is claimed by an activity; returns how many were attached.

    Trouble at WeChat ends the run: most of what goes wrong would go wrong with the next picture too.
    """
    with shop.db.reading() as session:
        due = errands.due(session, shop.now(), AT_ONCE)
    attached = 0
    for picture_id in due:
        with shop.db.transaction() as session:
            taken = errands.take(session, picture_id, shop.now())
        if taken is None:  # another worker has it
            continue
        try:
            attached += _attach(shop, taken)
        except WeChatError as trouble:
            _note(shop, taken, trouble)
            break
    if attached:
        observe.logger("worker").info("chat pictures attached", pictures=attached)
    return attached


def clear_away(shop: Workshop) -> int:
    """Give up what WeChat no longer keeps, and forget the pushes that cannot be repeated any more."""
    with shop.db.transaction() as session:
        received_pushes.forget(session, shop.now())
        return errands.drop_expired(session, shop.now())


def _attach(shop: Workshop, taken: Taken) -> bool:
    """Whether it is a photo now. What can never be one is given up, and the pages say why."""
    try:
        medium = media.download(shop.gateway, taken.media_id)
        stored = photos.store(shop.files, BytesIO(medium.content))
        with shop.db.transaction() as session:
            errands.keep(session, taken, stored, shop.now())
    except MediaGone:
        reason: str = Drop.GONE
    except FileRefused as refused:
        if refused.reason is Reason.DISK_FULL:  # room may be made within the days that WeChat keeps it
            with shop.db.transaction() as session:
                errands.failed(session, taken.picture_id, refused.reason, shop.now())
            return False
        reason = refused.reason
    except Refused as refused:
        reason = refused.code
    else:
        return True
    with shop.db.transaction() as session:
        errands.drop(session, taken.picture_id, reason, shop.now())
    return False


def _note(shop: Workshop, taken: Taken, trouble: WeChatError) -> None:
    until = shop.now() + timedelta(seconds=trouble.seconds) if isinstance(trouble, Paused) else None
    problem = observe.scrubbed(f"{type(trouble).__name__}: {trouble}")
    with shop.db.transaction() as session:
        errands.failed(session, taken.picture_id, problem, shop.now(), until)
