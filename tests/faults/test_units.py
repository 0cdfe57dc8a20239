"""The commands of ``docker/systemd``, with the lines of an EnvironmentFile, restarted as the guide says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.faults.engine import DOCKER, variables
from tests.faults.hall import Hall
from tests.faults.installation import Installation
from tests.faults.parts import PATIENCE, Cluster, Part
from tests.real import folder_for_servers, free_port, missing
from tests.served import HOST, WXSVC, nginx

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


class Units:
    """Our units on this machine: the program, ports and folders are those of a test."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        if shutil.which("curl") is None:
            missing("no curl, by which the units ask whether a web answers: install the package curl")
        self._folder = folder
        (folder / "env").write_text("".join(f"{name}={value}\n" for name, value in environment.items()))

    def part(self, unit: str, instance: str = "") -> Part:
        """What the unit starts; a web is ready when its ``ExecStartPost`` says so, a worker by its own word."""
        environment = variables(self._folder / "env") | {"PORT": instance, "WXSVC_LOG_LEVEL": "INFO"}
        if "Environment" in self._said(unit):
            name, value = self._said(unit)["Environment"].split("=")
            environment[name] = self._here(value, instance)
            Path(environment[name]).mkdir()
        words = self.words(unit, "ExecStart", instance)

        def is_ready() -> bool:
            if instance:
                asked = self.words(unit, "ExecStartPost", instance)
                return subprocess.run(asked, capture_output=True, timeout=PATIENCE).returncode == 0
            return "ready" in part.log.read_text()

        part = Part(f"{unit}{instance}", words, self._folder, environment, is_ready)
        return part

    def words(self, unit: str, key: str, instance: str = "") -> list[str]:
        """A command of a unit."""
        return shlex.split(self._here(self._said(unit)[key], instance))

    def _said(self, unit: str) -> dict[str, str]:
        return dict(re.findall(r"^(\w+)=(.*)$", (DOCKER / "systemd" / f"{unit}.service").read_text(), re.MULTILINE))

    def _here(self, text: str, instance: str) -> str:
        for theirs, ours in (
            ("/opt/wxsvc/bin/wxsvc", str(WXSVC)),
            ("/run/", f"{self._folder}/"),
            ("/var/backups/wxsvc", f"{self._folder}/backups"),
            ("%i", instance),
            ("%%", "%"),
        ):
            text = text.replace(theirs, ours)
        return re.sub(r"(--metrics-port) \d+", lambda found: f"{found[1]} {free_port()}", text)


def test_the_units_commands(template: Cluster) -> None:
    """Two webs behind nginx, restarted one after the other while a hall scans; then the nightly backup."""
    with folder_for_servers() as folder:
        cluster = Cluster(folder)
        cluster.copy(template)
        made = Installation(folder, cluster)
        units = Units(folder, made.environment)
        made.web, made.web2 = (units.part("wxsvc-web@", str(free_port())) for _ in range(2))
        made.folding, made.worker, made.beat = (units.part(f"wxsvc-{each}") for each in ("folding", "worker", "beat"))
        try:
            made.start()
            with nginx(folder, made.port(made.web), made.port(made.web2)) as port:
                made.hall = Hall(HOST, port)
                with made.hall.scanning() as told:
                    for web in (made.web, made.web2):
                        assert web.end() == 0, web.told()
                        web.start()
            assert told.refused == []
            made.all_is_counted()
            backup = subprocess.run(
                units.words("wxsvc-backup", "ExecStart"),
                env=os.environ | variables(folder / "env"),
                capture_output=True,
                text=True,
                timeout=PATIENCE,
            )
            assert "bytes of database" in backup.stdout, backup.stderr
        finally:
            made.close()
