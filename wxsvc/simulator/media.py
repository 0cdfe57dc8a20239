"""Temporary media: pictures people send, pictures the account uploads; kept three days."""

from dataclasses import dataclass

from wxsvc.simulator.call import Answer, Call, Endpoint, File
from wxsvc.simulator.clock import Clock
from wxsvc.simulator.refusal import Refusal
from wxsvc.simulator.serial import Serial

KEPT = 3 * 86400
MEGABYTE = 1024 * 1024
SIZES = {"image": 10 * MEGABYTE, "voice": 2 * MEGABYTE, "video": 10 * MEGABYTE, "thumb": 64 * 1024}
MAGIC = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG": "image/png",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}


def kind_of(content: bytes) -> str | None:
    """Return the content type of a picture by its first bytes."""
    return next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), None)


@dataclass(frozen=True)
class Medium:
    """One stored file and the instant it is thrown away."""

    media_id: str
    kind: str
    file: File
    expires_at: float


class Media:
    """The store. Source: "Temporary media" pages."""

    def __init__(self, clock: Clock, serial: Serial) -> None:
        self._clock, self._serial = clock, serial
        self._media: dict[str, Medium] = {}

    def keep(self, kind: str, file: File) -> Medium:
        """Store a file for three days under a new media_id."""
        medium = Medium(self._serial.text(64), kind, file, self._clock.now() + KEPT)
        self._media[medium.media_id] = medium
        return medium

    def find(self, media_id: object) -> Medium:
        """Return a stored file; refuse with 40007 one that never was or is gone."""
        medium = self._media.get(media_id) if isinstance(media_id, str) else None
        if medium is None or self._clock.now() >= medium.expires_at:
            raise Refusal(40007)
        return medium

    def endpoints(self) -> list[Endpoint]:
        """Upload and download."""
        return [
            Endpoint("/cgi-bin/media/upload", self._upload, capability="media", body="file"),
            Endpoint("/cgi-bin/media/uploadimg", self._upload_picture, capability="media", body="file"),
            Endpoint("/cgi-bin/media/get", self._get, "GET", capability="media", body="none"),
            Endpoint("/cgi-bin/media/get/jssdk", self._get, "GET", capability="media", body="none"),
        ]

    def _upload(self, call: Call) -> Answer:
        kind = call.args.get("type", "")
        if kind not in SIZES:
            raise Refusal(40004)
        file = self._file(call, SIZES[kind])
        if kind in ("image", "thumb") and kind_of(file.content) is None:
            raise Refusal(40005)
        medium = self.keep(kind, file)
        name = "thumb_media_id" if kind == "thumb" else "media_id"
        return {"type": kind, name: medium.media_id, "created_at": int(self._clock.now())}

    def _upload_picture(self, call: Call) -> Answer:
        file = self._file(call, MEGABYTE)
        if kind_of(file.content) not in ("image/jpeg", "image/png"):
            raise Refusal(40005)
        return {"url": f"{call.host_url}/mmbiz/{self.keep('image', file).media_id}"}

    @staticmethod
    def _file(call: Call, most: int) -> File:
        if call.upload is None:
            raise Refusal(41005)
        if not call.upload.content:
            raise Refusal(44001)
        if len(call.upload.content) > most:
            raise Refusal(40006)
        return call.upload

    def _get(self, call: Call) -> Answer:
        medium = self.find(call.args.get("media_id"))
        if medium.kind == "video":
            return {"video_url": f"{call.host_url}/mmbiz/{medium.media_id}"}
        return medium.file
