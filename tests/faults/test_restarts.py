"""The web is restarted, as for a new release, while a hall scans: nobody is refused."""

from __future__ import annotations

import time

import pytest

from tests.faults.installation import Installation

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.mark.faults_in_ci
def test_one_after_the_other_refuses_nobody(installation: Installation) -> None:
    """As docs/upgrade.md says: the second web is told to end once the first is back."""
    with installation.hall.scanning() as told:
        for web in (installation.web, installation.web2):
            time.sleep(1)
            assert web.end() == 0, web.told()
            web.start()
        time.sleep(1)
    assert told.refused == []
    assert len(told.counted) > 50
