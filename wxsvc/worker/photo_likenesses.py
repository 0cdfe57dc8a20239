"""照片比对: takes fingerprints that are missing, and notes which photos look alike."""

from __future__ import annotations

from wxsvc import pictures
from wxsvc.filetypes import FileRefused
from wxsvc.house import House
from wxsvc.services.activity import photo_likenesses


def compare(house: House) -> int:
    """All that waits, a few in each transaction; files are read outside any. Returns how many were compared."""
    while True:
        with house.database.read() as session:
            missing = photo_likenesses.without_fingerprint(session)
        if not missing:
            break
        drawn = {sha256: _fingerprint(house, sha256) for sha256 in missing}
        with house.database.transaction() as session:
            for sha256, bits in drawn.items():
                photo_likenesses.keep(session, sha256, bits)
    compared = 0
    while True:
        with house.database.transaction() as session:
            few = photo_likenesses.compare(session, house.now())
        compared += few
        if few < photo_likenesses.AT_ONCE:
            return compared


def _fingerprint(house: House, sha256: str) -> str | None:
    """None of a file that is not here or cannot be read: it is not asked about again."""
    try:
        return pictures.fingerprint(house.files.path(sha256).read_bytes())
    except (FileNotFoundError, FileRefused):
        return None
