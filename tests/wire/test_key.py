"""The key: where it comes from, and that it does not get out."""

from __future__ import annotations

import pickle

import pytest

from seedance_prep.core.key import Key, key_from
from seedance_prep.errors import UsageError


@pytest.mark.parametrize(
    ("expected", "environment"),
    [
        ("Key a:b", {"FAL_KEY": "a:b"}),
        ("Key a:b", {"FAL_KEY": " a:b\n"}),
        ("Key a:b", {"FAL_KEY_ID": "a", "FAL_KEY_SECRET": "b"}),
        ("Key a:b", {"FAL_KEY": "a:b", "FAL_KEY_ID": "c", "FAL_KEY_SECRET": "d"}),
    ],
)
def test_a_key_is_read_from_the_environment(expected: str, environment: dict[str, str]) -> None:
    """FAL_KEY wins; else both halves make one key."""
    found = key_from(environment)
    assert found is not None
    assert expected == found.header()


@pytest.mark.parametrize("environment", [{}, {"FAL_KEY": " "}, {"FAL_KEY_ID": "a"}])
def test_without_a_key_there_is_none(environment: dict[str, str]) -> None:
    """Half a key is none."""
    assert key_from(environment) is None


@pytest.mark.parametrize("secret", ["", "two words", "line\nbreak:b", "schlüssel"])
def test_a_key_that_no_header_can_carry_is_refused(secret: str) -> None:
    """The sentence does not repeat it."""
    with pytest.raises(UsageError) as caught:
        Key(secret)
    assert not secret or secret not in str(caught.value)


def test_a_key_is_not_shown_and_not_pickled() -> None:
    """Neither by repr, str, format nor pickle."""
    key = Key("id-id-id-id:secret-secret")
    assert ["Key(hidden)"] * 3 == [repr(key), str(key), f"{key}"]
    with pytest.raises(TypeError):
        pickle.dumps(key)
