"""The demo starts again on its data after somebody has imported platforms and people of their own into it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

WXSVC = [sys.executable, "-c", "from wxsvc.cli import main; main()"]
OWN = {
    "platforms": [
        {"code": "OWN-1", "name": "高新区窗口平台", "kind": "county", "region": "430371"},
        {"code": "OWN-2", "name": "没有人员的窗口平台", "kind": "prefecture", "region": "430100"},
        {"code": "OWN-3", "name": "省外的窗口平台", "kind": "county", "region": "110101"},
        {"code": "OWN-4", "name": "全省的窗口平台", "kind": "cluster", "region": "430000"},
    ],
    "staff": [
        {"openid": "oOwn-1", "name": "王敏", "role": "platform", "platform": "OWN-1"},
        {"openid": "oOwn-2", "name": "李敏", "role": "reviewer"},
        {"openid": "oOwn-3", "name": "赵敏", "role": "province"},
        {"openid": "oOwn-4", "name": "刘敏", "role": "platform", "platform": "430100"},
    ],
    "enterprises": [
        {"uscc": "91350100M000100Y43", "name": "省外有限公司", "region": "110101", "contacts": ["oOwn-5"]},
        {"uscc": "9144030071526726XG", "name": "长沙某某有限公司", "region": "430102", "contacts": ["oOwn-6"]},
    ],
}


@pytest.mark.timeout(300)
def test_the_demo_starts_again_after_an_import(tmp_path: Path) -> None:
    """Platforms without staff, in regions that the demo has no names for, and colleagues of its own people."""
    folder, bundle = tmp_path / "demo", tmp_path / "own.json"
    bundle.write_text(json.dumps(OWN))
    started_and_ended(folder)
    environ = os.environ | {"WXSVC_DATA_DIR": str(folder), "PYTHONPATH": str(Path.cwd())}
    told = subprocess.run([*WXSVC, "import", str(bundle)], env=environ, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    started_and_ended(folder)


def started_and_ended(folder: Path) -> None:
    """Run the demo until it says where it can be tried, then end it."""
    command = [*WXSVC, "demo", "--platforms", "1", "--data-dir", str(folder), "--port", "0", "--simulator-port", "0"]
    environ = os.environ | {"PYTHONPATH": str(Path.cwd()), "PYTHONUNBUFFERED": "1"}
    with (folder.parent / "errors").open("w+") as errors:
        demo = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            assert demo.stdout is not None
            said = demo.stdout.readline() + demo.stdout.readline()
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.communicate(timeout=30)
        errors.seek(0)
        assert said.strip(), errors.read()
    assert demo.returncode == 0
