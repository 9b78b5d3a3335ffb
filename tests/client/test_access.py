"""Which service is meant, and who gets the key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from seedance_prep.client import Client, service_of
from seedance_prep.core.job import Terms
from seedance_prep.core.key import Key
from seedance_prep.core.outcome import Ready
from seedance_prep.core.service import FAL, at
from seedance_prep.errors import UsageError
from seedance_prep.submit.access import key_for
from seedance_prep.submit.once import check_terms

from ..upload.ready import output, ready

LOOPBACK = at("http://127.0.0.1:8000")
OPEN = at("http://example.invalid")
GIVEN = Key("given:given")


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own key has no part in this."""
    for name in ("FAL_KEY", "FAL_KEY_ID", "FAL_KEY_SECRET"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("service", [None, "fal"])
def test_fal_is_the_service_when_nothing_is_said(service: str | None) -> None:
    """And by its name."""
    assert FAL == service_of(service)


def test_a_url_is_a_service_of_its_own() -> None:
    """Everything on one base."""
    assert (
        "http://127.0.0.1:8000/x/models" == service_of("http://127.0.0.1:8000/").queue + "/x/models"
    )
    assert not service_of("https://proxy.invalid").needs_key


@pytest.mark.parametrize(
    "service",
    ["", "nonsense", "ftp://x", "http://", "http://a:hush@c", "http://x:99999", "https://x/?q=hush",
     "http://[x", "x/#hush"],
)  # fmt: skip
def test_something_else_is_a_wrong_call(service: str) -> None:
    """One sentence, and neither login nor query of it: what is printed is often kept."""
    with pytest.raises(UsageError, match="is not fal, local or an http") as caught:
        service_of(service)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "webhook",
    ["", "hooks.example/h?token=hush", "ftp://u:hush@x", "http://u:hush@", "http://[x?hush",
     "https://x:99999/"],
)  # fmt: skip
def test_a_webhook_that_is_none_is_a_wrong_call(webhook: str) -> None:
    """Likewise, also where it is no address at all."""
    with pytest.raises(UsageError, match="is not an http") as caught:
        check_terms(Terms(webhook=webhook))
    assert "hush" not in str(caught.value)


def test_fal_needs_a_key() -> None:
    """The sentence says where to get one, and how to do without."""
    with pytest.raises(UsageError, match=r"set FAL_KEY .* --service local"):
        key_for(FAL, None)


def test_the_key_of_the_environment_goes_to_fal(monkeypatch: pytest.MonkeyPatch) -> None:
    """When none is given."""
    monkeypatch.setenv("FAL_KEY", "env:env")
    found = key_for(FAL, None)
    assert found is not None
    assert "Key env:env" == found.header()
    assert GIVEN is key_for(FAL, GIVEN)


def test_a_key_never_goes_out_in_the_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was given is a wrong call; the one of the environment just stays here."""
    with pytest.raises(UsageError, match="over https or to this machine only"):
        key_for(OPEN, GIVEN)
    monkeypatch.setenv("FAL_KEY", "env:env")
    assert key_for(OPEN, None) is None


def test_a_service_on_this_machine_gets_a_stand_in() -> None:
    """It wants some key, and there is none."""
    found = key_for(LOOPBACK, None)
    assert found is not None
    assert "Key local-service" == found.header()


def test_the_client_s_own_service_does_not_get_the_real_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What needs no key is not told one."""
    monkeypatch.setenv("FAL_KEY", "env:env")
    found = key_for(replace(LOOPBACK, name="local"), None)
    assert found is not None
    assert "Key local-service" == found.header()


@pytest.fixture
def words_only(tmp_path: Path) -> Ready:
    """A request of one small file."""
    path = tmp_path / "a.jpg"
    path.write_bytes(b"x")
    return ready([output(path)])


def test_without_a_key_the_client_can_be_made_but_not_used(
    words_only: Ready, tmp_path: Path
) -> None:
    """A dry run needs none; sending does, and nothing is written or sent before that is known."""
    with Client(ledger=tmp_path / "home") as client:
        client.allowed(words_only, 3)
        for call in (client.need_key, lambda: client.submit(words_only)):
            with pytest.raises(UsageError, match="FAL_KEY"):
                call()
        assert () == client.ledger.runs()


def test_a_client_does_not_show_its_key() -> None:
    """Not in its repr, nor in what it is made of."""
    client = Client(key="id-id-id-id:secret-secret")
    assert "secret" not in repr(vars(client)) + repr(client)
