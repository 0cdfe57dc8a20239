"""Papers (佐证材料) as people hand them in: small, and files that a program for papers opens."""

from __future__ import annotations


def pdf(says: str = "", *objects: bytes) -> bytes:
    """A PDF of one empty page, told apart from others by a comment, with further objects in it."""
    return b"".join(
        (
            b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n",
            b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n",
            b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>\nendobj\n",
            *objects,
            f"% {says}\n".encode(),
            b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n",
        )
    )
