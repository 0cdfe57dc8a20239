"""PgBouncer between the product and PostgreSQL, in the way of pooling that ``docs/scale.md`` allows."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import psycopg
import pytest

from tests.faults.installation import Installation
from tests.faults.parts import Cluster, Part, database_user
from tests.real import folder_for_servers, free_port, missing
from tests.served import HOST

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

SETTINGS = """[databases]
postgres = host={host} port={server} user=wxsvc
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = 60
"""


class Pooler(Part):
    """A PgBouncer before a cluster."""

    def __init__(self, folder: Path, cluster: Cluster, mode: str) -> None:
        binary = shutil.which("pgbouncer", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
        if binary is None:
            missing("no PgBouncer: install the package pgbouncer")
        self.url = f"postgresql://wxsvc@{HOST}:{(port := free_port())}/postgres"
        place = folder / "pgbouncer.ini"
        place.write_text(SETTINGS.format(host=HOST, server=cluster.port, port=port, mode=mode))
        super().__init__("pgbouncer", [binary, str(place)], folder, {}, self._answers, database_user())

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True


def test_a_hall_scans_through_a_pool_of_sessions(template: Cluster) -> None:
    """Every process of the product is behind it; ``doctor`` still knows which connections are whose."""
    with folder_for_servers() as folder:
        cluster = Cluster(folder)
        cluster.copy(template)
        pooler = Pooler(folder, cluster, "session")
        made = Installation(folder, cluster, WXSVC_DATABASE_URL=pooler.url)
        cluster.start()
        pooler.start()
        try:
            made.start()
            made.open()
            with made.hall.scanning() as told:
                time.sleep(5)
            assert told.refused == []
            made.all_is_counted()
            found = json.loads(made.run("doctor", "--json", expected=1))["findings"]  # no WeChat runs here
            states = {each["name"]: each["state"] for each in found}
            assert {states[name] for name in ("database", "connections", "schema", "writing", "folding")} == {"good"}
        finally:
            made.close()
            pooler.close()
