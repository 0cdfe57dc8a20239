"""How long tests by chance go on: bounded and always the same in CI, longer and with other seeds by ``make fuzz``."""

from __future__ import annotations

import os
from typing import Final

import hypothesis
from hypothesis.internal.conjecture import providers

TIMES: Final = int(os.environ.get("WXSVC_TEST_FUZZ", "1"))
"""How many times as much as in CI."""
IS_LONG: Final = TIMES > 1

hypothesis.settings.register_profile("tests", deadline=None, derandomize=True)
hypothesis.settings.register_profile("fuzz", deadline=None, derandomize=False, print_blob=True)


def load() -> None:
    """The same examples in every run, and as much time for each as a busy machine takes; by ``make fuzz`` new ones.

    Hypothesis draws from the constants in our code as well, which cost each process half a second to find: then what is
    drawn depends on which files are tested, and every edit of any file changes it. Only ``make fuzz`` has them.
    """
    hypothesis.settings.load_profile("fuzz" if IS_LONG else "tests")
    if not IS_LONG:
        providers._get_local_constants = lambda: providers._local_constants


def examples(in_ci: int) -> int:
    """How many examples a test takes now, of which CI takes so many."""
    return in_ci * TIMES
