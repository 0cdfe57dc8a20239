"""The simulator alone: it says where it is, shows three phones, and ends with Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import requests

ROOT = Path(__file__).parents[3]
# A shell's background job, as a CI step may be, inherits an ignored Ctrl-C.
PROGRAM = """
import signal; signal.signal(signal.SIGINT, signal.default_int_handler)
from wxsvc.simulator import Credentials, run
run(0, "http://127.0.0.1:9/wechat", Credentials("wx0", "s", "t", mode="plain"))
"""


def test_it_runs_until_ctrl_c_and_loads_nothing_of_the_product() -> None:
    program = PROGRAM.replace("run(0", "import sys; print(sorted(m for m in sys.modules if m in WATCHED)); run(0")
    watched = "WATCHED = {'models', 'scoring', 'wxsvc.app', 'wxsvc.settings', 'wxsvc.db', 'wechatpy', 'sqlalchemy'}"
    with subprocess.Popen(
        [sys.executable, "-c", watched + program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as run:
        try:
            assert run.stdout is not None
            assert run.stdout.readline() == "[]\n"
            page = requests.get(run.stdout.readline().strip(), timeout=10).text
            assert page.count('class="phone"') == 3
            run.send_signal(signal.SIGINT)
            assert run.wait(30) == 0
        finally:
            run.kill()
