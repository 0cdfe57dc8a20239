"""Chat pictures (聊天照片): fetched from WeChat within minutes, drawn anew outside any transaction, attached."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Final

from wxsvc import observe
from wxsvc.house import House
from wxsvc.services import received_pushes
from wxsvc.services.activity import chat_picture_errands as errands
from wxsvc.services.activity import photos
from wxsvc.services.activity.chat_picture_errands import Drop, Taken
from wxsvc.services.refusal import Refused
from wxsvc.uploads.filetypes import FileFault, FileRefused
from wxsvc.wechat import media
from wxsvc.wechat.errors import MediaGone, Paused, WeChatError

AT_ONCE: Final = 20
"""Pictures of one run: a hall full of them leaves the worker free for others in between."""


def fetch_pictures(house: House) -> int:
    """Fetch what was sent and is claimed by an activity; returns how many were attached.

    Trouble at WeChat ends the run: most of what goes wrong would go wrong with the next picture too.
    """
    with house.database.read() as session:
        due = errands.due(session, house.now(), AT_ONCE)
    attached = 0
    for picture_id in due:
        with house.database.transaction() as session:
            taken = errands.take(session, picture_id, house.now())
        if taken is None:  # another worker has it
            continue
        try:
            attached += _attach(house, taken)
        except WeChatError as trouble:
            _note(house, taken, trouble)
            break
    if attached:
        observe.logger("worker").info("chat pictures attached", pictures=attached)
    return attached


def clear_away(house: House) -> int:
    """Give up what WeChat no longer keeps, and forget the pushes that cannot be repeated any more."""
    with house.database.transaction() as session:
        received_pushes.forget(session, house.now())
        return errands.drop_expired(session, house.now())


def _attach(house: House, taken: Taken) -> bool:
    """Whether it is a photo now. What can never be one is given up, and the pages say why."""
    try:
        medium = media.download(house.gateway, taken.media_id)
        stored = photos.store(house.files, BytesIO(medium.content))
        with house.database.transaction() as session:
            errands.keep(session, taken, stored, house.now())
    except MediaGone:
        reason: str = Drop.GONE
    except FileRefused as refused:
        if refused.reason is FileFault.DISK_FULL:  # room may be made within the days that WeChat keeps it
            with house.database.transaction() as session:
                errands.failed(session, taken.picture_id, refused.reason, house.now())
            return False
        reason = refused.reason
    except Refused as refused:
        reason = refused.code
    else:
        return True
    with house.database.transaction() as session:
        errands.drop(session, taken.picture_id, reason, house.now())
    return False


def _note(house: House, taken: Taken, trouble: WeChatError) -> None:
    until = house.now() + timedelta(seconds=trouble.seconds) if isinstance(trouble, Paused) else None
    problem = observe.scrubbed(f"{type(trouble).__name__}: {trouble}")
    with house.database.transaction() as session:
        errands.failed(session, taken.picture_id, problem, house.now(), until)
