"""What we use of wechatpy is what docs/decisions says, and works when the rest of it does not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PRODUCT = [path.read_text() for folder in ("wxsvc", "models", "scoring") for path in (ROOT / folder).rglob("*.py")]


def listed() -> set[str]:
    """The names in the first column of the table."""
    rows = re.findall(r"^\| (`.+?) \|", (ROOT / "docs" / "decisions" / "wechatpy.md").read_text(), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([\w.]+)`", row)} - {"wechatpy.client.base"}


def test_the_list_is_what_the_product_uses() -> None:
    calls = {call for text in PRODUCT for call in re.findall(r"\.wechatpy\.(\w+\.\w+)\(", text)}
    imports = {
        f"{module}.{name}"
        for text in PRODUCT
        for module, name in re.findall(r"^\s*from (wechatpy[\w.]*) import (\w+)$", text, re.M)
    }
    mentions = sum(len(re.findall(r"^\s*(?:from|import) wechatpy", text, re.MULTILINE)) for text in PRODUCT)
    assert mentions == len(imports), "an import of wechatpy in another form"
    assert calls | imports == listed()


def test_our_calls_work_while_every_other_module_is_an_empty_stand_in() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    plugin = ["-p", "tests.wxsvc.wechat.stand_ins"]
    ran = subprocess.run(
        [*command, *plugin, HERE / "test_against_simulator.py"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"stand-ins: .*wechatpy\.parser.*wechatpy\.replies", ran.stdout), ran.stdout
