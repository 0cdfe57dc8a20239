"""Assets travel compressed, under addresses that change with their content."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask, url_for

import wxsvc

STATIC = Path(wxsvc.__file__).parent / "static"


def test_an_asset_travels_compressed_and_is_kept(app: Flask) -> None:
    client = app.test_client()
    with app.test_request_context():
        address = url_for("static", filename="wxsvc.css")
    assert re.fullmatch(r"/static/wxsvc\.css\?v=[0-9a-f]{10}", address)
    small = client.get(address, headers={"Accept-Encoding": "gzip"})
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    content = (STATIC / "wxsvc.css").read_bytes()
    assert (small.headers["Content-Encoding"], gzip.decompress(small.data)) == ("gzip", content)
    assert plain.data == content
    assert small.headers["ETag"] != plain.headers["ETag"]
    assert "immutable" in small.headers["Cache-Control"]
    again = client.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": small.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("name", ["missing.css", "../settings.py", "%2e%2e/app.py", "vendor", ""])
def test_nothing_else_is_an_asset(app: Flask, name: str) -> None:
    assert app.test_client().get(f"/static/{name}").status_code == 404
