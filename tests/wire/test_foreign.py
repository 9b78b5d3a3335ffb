"""Foreign JSON: getters that say where something is wrong."""

from __future__ import annotations

import pytest

from seedance_prep.core.foreign import Json, compact
from seedance_prep.errors import AnswerError, UsageError

SAID = Json({"a": "x", "n": 3, "f": 4.0, "b": True, "o": {"k": [1, {"z": 0}]}, "none": None}, "job")


def test_values_are_read_by_their_type() -> None:
    """What is there and of its type comes out; a missing one is None for the maybes."""
    assert "x" == SAID.text("a")
    assert [3, 4, None] == [SAID.maybe_whole(name) for name in ("n", "f", "none")]
    assert SAID.maybe_text("missing") is None
    assert {} == SAID.maybe_fields("missing")
    assert () == SAID.maybe_items("none")


@pytest.mark.parametrize(
    ("expected", "read"),
    [
        ("job.n is 3, not text", lambda: SAID.text("n")),
        ("job.missing is missing, not text", lambda: SAID.text("missing")),
        ("job.b is True, not a whole number", lambda: SAID.maybe_whole("b")),
        ("job.a is 'x', not an object", lambda: SAID.at("a").fields()),
        ("job.o.k[1].z is 0, not text", lambda: SAID.at("o").maybe_items("k")[1].text("z")),
        ("job.o.k[0] is 1, not an object", lambda: SAID.at("o").maybe_items("k")[0].text("z")),
        ("job.a is 'x', not an array", lambda: SAID.maybe_items("a")),
    ],
)
def test_an_error_names_the_path(expected: str, read: object) -> None:
    """The sentence leads to the very value."""
    assert callable(read)
    with pytest.raises(AnswerError) as caught:
        read()
    assert expected == str(caught.value)


def test_a_long_value_is_shown_short() -> None:
    """An error is one line, whatever the service sent."""
    with pytest.raises(AnswerError) as caught:
        Json({"a": ["y" * 500]}, "job").text("a")
    assert len(str(caught.value)) < 80


@pytest.mark.parametrize("wrong", [float("nan"), {1, 2}, "\ud800"])
def test_what_json_cannot_say_is_a_wrong_call(wrong: object) -> None:
    """Nothing is sent that a server could not read."""
    with pytest.raises(UsageError, match="as JSON"):
        compact({"prompt": wrong})
