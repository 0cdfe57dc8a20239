"""What the processes of a run share is made by one of them, and is as good as their own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from _pytest.assertion import rewrite as assertion
from jinja2 import DictLoader, Environment

from tests import builders, kept


@pytest.fixture(autouse=True)
def shared(tmp_path: Path) -> Iterator[None]:
    """A run of its own."""
    before = list(kept._shared)
    kept.share(tmp_path / "shared")
    yield
    kept._shared[:] = before


def test_one_process_makes_it_and_another_takes_it_over() -> None:
    calls: list[int] = []

    def make() -> tuple[bytes, int]:
        calls.append(1)
        return b"rows", len(calls)

    one_process, another = kept.once_in_a_run(make), kept.once_in_a_run(make)
    assert one_process() == one_process() == another() == (b"rows", 1)


def test_rows_made_beside_a_copy_have_numbers_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process begins to count anew, and the copy has its numbers already."""

    def make() -> list[int]:
        return [builders.number() for _ in range(3)]

    one_process, another = kept.once_in_a_run(make), kept.once_in_a_run(make)
    monkeypatch.setattr(builders, "_numbers", count(1))
    assert one_process() == [1, 2, 3]
    monkeypatch.setattr(builders, "_numbers", count(1))
    assert another() == [1, 2, 3]
    assert builders.number() > 3


def test_what_failed_is_made_by_the_next() -> None:
    divisors = iter([0, 1])
    made = kept.once_in_a_run(lambda: 7 // next(divisors))
    with pytest.raises(ZeroDivisionError):
        made()
    assert made() == 7


def test_a_test_that_was_rewritten_before_is_not_rewritten(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """What pytest reads, it takes for its own; a file that cannot be rewritten is left to whoever collects it."""
    good, bad = tmp_path / "test_good.py", tmp_path / "test_bad.py"
    good.write_text("def test_it() -> None:\n    assert 1 + 1 == 2, 'asked'\n")
    bad.write_text("def test_it(:\n")
    kept.rewrite([bad, good], pytestconfig)
    code = assertion._read_pyc(good, kept._bytecode(good))
    assert code is not None
    assert "@pytest_ar" in code.co_names
    assert not kept._bytecode(bad).exists()
    good.write_text("def test_it() -> None:\n    assert 1 + 1 == 3\n")
    assert assertion._read_pyc(good, kept._bytecode(good)) is None, "of another text"


@pytest.mark.parametrize(
    ("text", "is_trimmed", "shown"),
    [("{% if 1 %}\na{% endif %}", False, "\na"), ("{% if 1 %}\na{% endif %}", True, "a"), ("b", False, "b")],
)
def test_a_template_is_taken_over_where_text_and_options_are_equal(text: str, is_trimmed: bool, shown: str) -> None:
    def process(text: str, is_trimmed: bool) -> Environment:
        return Environment(  # noqa: S701 - shown to nobody
            loader=DictLoader({"page": text}), bytecode_cache=kept.KeptTemplates(), trim_blocks=is_trimmed
        )

    process("{% if 1 %}\na{% endif %}", False).get_template("page")
    assert process(text, is_trimmed).get_template("page").render() == shown
    another = process(text, is_trimmed)
    another._generate = lambda *_: pytest.fail("compiled anew")  # type: ignore[method-assign]
    assert another.get_template("page").render() == shown
