"""Installations for the faults: one that many of them befall in turn, and a template of its data."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.hall import fill
from tests.faults.installation import Installation, installed
from tests.faults.parts import Cluster
from tests.real import folder_for_servers
from wxsvc.db import Database


@pytest.fixture(scope="session")
def template() -> Iterator[Cluster]:
    """The data of a PostgreSQL with the schema and a hall full of visitors; the server does not run."""
    with folder_for_servers() as folder:
        cluster = Cluster(folder, fsync="off")
        cluster.make()
        cluster.start()
        try:
            database = Database(cluster.url)
            database.upgrade()
            database.dispose()
            fill(cluster.url)
            cluster.end(Cluster.FAST)
            yield cluster
        finally:
            cluster.close()


@pytest.fixture(scope="module")
def _shared(template: Cluster) -> Iterator[Installation]:
    with folder_for_servers() as folder, installed(folder, template) as made:
        yield made


@pytest.fixture
def installation(_shared: Installation) -> Iterator[Installation]:
    """The installation of this file's tests, whole again whatever the test before did; it counts right in the end."""
    _shared.start()
    yield _shared
    _shared.start()
    _shared.all_is_counted()
