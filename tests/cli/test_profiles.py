"""``profiles``, ``--profile``, and what ``price`` is compared to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seedance_prep.local import LocalService

from ..wire.rogue import Rogue, says
from .conftest import Call

SAMPLE = Path(__file__).resolve().parents[2] / "fixtures" / "openapi" / "fast.json"
OWN = """
extends = "fast"
endpoint = "example/own"
[sources]
mail = { text = "a mail of the vendor", date = "2026-11-20" }
[image]
side_min = { value = 1000, basis = "documented", source = "mail" }
"""


def test_profiles_are_listed_shown_and_compared(call: Call) -> None:
    """Each with its date and how sure its numbers are; all of one; where two differ."""
    listed = call("profiles").out
    assert "fal-2026-08" in listed
    assert "41 unknown" in listed
    assert ["fast", "standard", "mini", "byteplus"] == [
        one["name"] for one in call("profiles", "--json").document["profiles"]
    ]
    assert "video.fps_max = 60  [V6: unknown; " in call("profiles", "show", "mini").out
    shown = call("profiles", "show", "fast", "--json").document
    assert 927_408 == shown["limits"]["video.pixels_max"]["value"]
    found = call("profiles", "diff", "fast", "standard")
    assert 0 == found.status
    assert "parameter.resolution\n  A 480p, 720p  [published; " in found.out
    assert 1 == call("profiles", "diff", "fast", "mini", "--exit-code").status
    assert "no difference\n" == call("profiles", "diff", "fast", "fast").out


def test_drift_from_a_file(call: Call, tmp_path: Path) -> None:
    """The sample is as the profile says; another list of values is told."""
    assert "is as its profile says" in call("profiles", "drift", SAMPLE).out
    changed = tmp_path / "changed.json"
    changed.write_text(SAMPLE.read_text().replace('["480p", "720p"]', '["720p", "1080p"]'))
    found = call("profiles", "drift", changed, "--exit-code")
    assert (1, "resolution: new value 1080p\nresolution: value gone 480p\n") == (
        found.status,
        found.out,
    )
    drift = call("profiles", "drift", changed, "--json").document["drift"]
    assert ["1080p", None] == [one["document"] for one in drift]


@pytest.mark.parametrize(
    ("content", "says_"),
    [("{", "is no JSON document"), ("{}", "openapi.paths is missing"), ("[]", "not an object")],
)
def test_a_file_that_is_no_openapi_document(
    call: Call, tmp_path: Path, content: str, says_: str
) -> None:
    """One sentence, status 2."""
    (tmp_path / "x.json").write_text(content)
    answer = call("profiles", "drift", "x.json")
    assert 2 == answer.status
    assert says_ in answer.err
    assert 2 == call("profiles", "drift", "nowhere.json").status


def test_drift_is_fetched_without_a_key(
    call: Call, rogue: Rogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document comes from where models are described; no key goes there."""
    monkeypatch.setenv("FAL_KEY", "a:b")
    rogue.on("GET", "/api/openapi/queue/openapi.json", says(body=json.loads(SAMPLE.read_text())))
    answer = call("profiles", "drift", "--service", rogue.base)
    assert "is as its profile says" in answer.out, answer.err
    (seen,) = rogue.seen
    assert seen.path.startswith("/api/openapi/queue/openapi.json?endpoint_id=bytedance")
    assert seen.authorization is None


def test_a_profile_of_ones_own_judges(call: Call, photo: Path, tmp_path: Path) -> None:
    """Its numbers, with their source; its endpoint is the request's."""
    own = tmp_path / "own.toml"
    own.write_text(OWN)
    answer = call("check", photo, "--profile", own, "--json")
    assert 1 == answer.status
    assert ("example/own", "own") == (answer.document["endpoint"], answer.document["limits"])
    (found,) = [one for one in answer.document["findings"] if one["code"] == "IMG004"]
    assert 1000 == found["limit"]
    assert "documented; a mail of the vendor (2026-11-20)" == found["origin"]
    fixed = call("fix", photo, "--profile", own, "--allow", "inventive", "--json")
    assert 0 == fixed.status, fixed.err
    assert fixed.document["assets"][0]["output"]["facts"]["height"] >= 1000
    wrong = call("check", photo, "--profile", own, "--endpoint", "example/other")
    assert 2 == wrong.status
    assert "is of example/own, not of example/other" in wrong.err


def test_mistakes_of_a_profile_are_named(call: Call, photo: Path, tmp_path: Path) -> None:
    """All of them, each by its path, status 2."""
    own = tmp_path / "own.toml"
    own.write_text(OWN.replace("1000", '"big"').replace("[sources]", "[sauces]"))
    answer = call("check", photo, "--profile", own)
    assert 2 == answer.status
    for path in ("sauces", "image.side_min.value", "image.side_min.source"):
        assert f"  {path}: " in answer.err


def test_what_fal_does_not_serve_is_not_sent_there(call: Call, photo: Path) -> None:
    """The maker's own numbers check, fix and price; a job of theirs is not sent to fal."""
    assert 0 == call("check", photo, "--profile", "byteplus").status
    answer = call(
        "upload", photo, "--prompt", "@Image1", "--profile", "byteplus", "--service", "local"
    )
    assert 2 == answer.status
    assert "byteplus" in answer.err


def test_prices_side_by_side(call: Call, photo: Path, clip: Path) -> None:
    """A row for each tier and resolution, a column for each length; JSON, too."""
    answer = call("price", photo, clip, "--compare", "--duration", "6", "--aspect-ratio", "16:9")
    assert "4 s" in answer.out
    assert "6 s" in answer.out
    assert "standard 1080p" in answer.out
    assert "trim @Video1" not in answer.out  # 3 s are under two thirds of 6
    assert "each second of reference video costs $0.15; @Video1 runs 3.00 s" in answer.out
    document = call("price", photo, "--compare", "--json").document
    offers = {(one["profile"], one["resolution"], one["duration"]) for one in document["compare"]}
    assert ("mini", "720p", 15) in offers
    assert ("fast", "1080p", 5) not in offers


def test_the_services_own_price(call: Call, photo: Path) -> None:
    """The local service lists the price that is reckoned with here."""
    with LocalService() as service:
        answer = call("price", photo, "--live", "--service", service.base)
        assert "the service says 0.0112 USD per 1000 tokens, as is reckoned" in answer.out, answer
        document = call("price", photo, "--live", "--service", service.base, "--json").document
    assert document["live"]["same"] is True


@pytest.mark.parametrize(
    ("price", "same", "words"),
    [
        ({"unit_price": 11.2, "unit": "1m tokens", "currency": "USD"}, True, "as is reckoned"),
        ({"unit_price": 0.0224, "unit": "1000 tokens", "currency": "USD"}, False, "2 times"),
        ({"unit_price": 0.24, "unit": "seconds", "currency": "USD"}, None, "cannot be compared"),
    ],
)
def test_another_price_is_told(
    call: Call, photo: Path, rogue: Rogue, price: dict[str, object], same: bool, words: str
) -> None:
    """What differs is said with both numbers; another unit is not guessed at."""
    endpoint = "bytedance/seedance-2.0/fast/reference-to-video"
    rogue.on(
        "GET", "/v1/models/pricing", says(body={"prices": [{"endpoint_id": endpoint, **price}]})
    )
    live = call("price", photo, "--live", "--service", rogue.base, "--json").document["live"]
    assert same is live["same"]
    assert words in live["says"]


def test_a_price_without_a_key(call: Call, photo: Path) -> None:
    """``--live`` needs one; what to do is said, status 2."""
    answer = call("price", photo, "--live")
    assert 2 == answer.status
    assert "FAL_KEY" in answer.err
