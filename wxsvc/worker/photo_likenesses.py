"""照片比对: takes fingerprints that are missing, and notes which photos look alike."""

from __future__ import annotations

from wxsvc.house import House
from wxsvc.services.activity import photo_likenesses
from wxsvc.uploads.filetypes import FileRefused


def compare(house: House) -> int:
    """All that waits, a few at a time; files are read and photos compared outside any transaction. Returns how many."""
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
        with house.database.read() as session:
            found = photo_likenesses.compare(session)
        if found.looked_at:
            with house.database.transaction() as session:
                photo_likenesses.note(session, found, house.now())
        compared += len(found.looked_at)
        if len(found.looked_at) < photo_likenesses.AT_ONCE:
            return compared


def _fingerprint(house: House, sha256: str) -> str | None:
    """No characters of a file that is not here or cannot be read: it is not asked about again, nor called blank."""
    try:
        from wxsvc.uploads import pictures

        return pictures.fingerprint(house.files.path(sha256).read_bytes())
    except (FileNotFoundError, FileRefused):
        return ""
