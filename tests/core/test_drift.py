"""What an OpenAPI document says otherwise than the profile of its endpoint."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_prep.core.drift import Drift, drifted, numbers
from seedance_prep.errors import AnswerError
from seedance_prep.limits import profile

FAST = profile("fast")
SAMPLE = Path(__file__).resolve().parents[2] / "fixtures" / "openapi" / "fast.json"
Schema = dict[str, Any]


@pytest.fixture
def document() -> Schema:
    """The hand-written sample, which says what the profile says."""
    found: Schema = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def fields(document: Schema) -> Schema:
    """Its parameters."""
    found: Schema = document["components"]["schemas"]["Input"]["properties"]
    return found


def test_the_sample_is_as_the_profile_says(document: Schema) -> None:
    """No parameter, value, bound or number differs."""
    assert () == drifted(document, FAST)


def test_a_new_parameter_and_one_that_is_gone(document: Schema, fields: Schema) -> None:
    """Names are compared both ways; ``seed`` may come and go."""
    fields["watermark"] = {"type": "boolean"}
    fields["seed"] = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    del fields["bitrate_mode"]
    assert (
        Drift(path="bitrate_mode", what="parameter gone", profile="bitrate_mode", document=None),
        Drift(path="watermark", what="new parameter", profile=None, document="boolean"),
    ) == drifted(document, FAST)


def test_values_come_and_go(document: Schema, fields: Schema) -> None:
    """Behind a reference, inside "this or null", or plain."""
    document["components"]["schemas"]["ResolutionEnum"]["enum"] = ["720p", "1080p"]
    fields["duration"]["anyOf"][0]["enum"].append("16")
    assert (
        Drift(path="duration", what="new value", profile=None, document="16"),
        Drift(path="resolution", what="new value", profile=None, document="1080p"),
        Drift(path="resolution", what="value gone", profile="480p", document=None),
    ) == drifted(document, FAST)


def test_bounds_defaults_and_what_is_required(document: Schema, fields: Schema) -> None:
    """A bound that agrees is no drift."""
    fields["image_urls"]["maxItems"] = 12
    fields["video_urls"]["maxItems"] = 3
    fields["end_user_id"]["maxLength"] = 64
    fields["resolution"]["default"] = "480p"
    fields["prompt"]["minLength"] = 1
    document["components"]["schemas"]["Input"]["required"] = ["prompt", "end_user_id"]
    assert (
        Drift(path="end_user_id", what="required", profile="optional", document="required"),
        Drift(path="image_urls.maxItems", what="bound", profile="9", document="12"),
        Drift(path="prompt.minLength", what="bound", profile=None, document="1"),
        Drift(path="resolution", what="default", profile="720p", document="480p"),
    ) == drifted(document, FAST)


def test_numbers_in_descriptions(document: Schema, fields: Schema) -> None:
    """Limits that are only prose: 50 MB became 200 MB."""
    spec = fields["video_urls"]
    spec["description"] = spec["description"].replace("50 MB", "200 MB")
    assert (
        Drift(path="video_urls.description", what="new number", profile=None, document="200"),
        Drift(path="video_urls.description", what="number gone", profile="50", document=None),
    ) == drifted(document, FAST)


def test_a_number_where_there_was_none(document: Schema, fields: Schema) -> None:
    """A limit on the prompt that was never published before."""
    fields["prompt"]["description"] += " At most 2,500 characters."
    assert (
        Drift(path="prompt.description", what="new number", profile=None, document="2,500"),
    ) == drifted(document, FAST)


def test_numbers_of_a_text() -> None:
    """Names, formats and the sign between two sides are no numbers."""
    text = "@Image1, MP4: up to 9, 1,000 px, 1.8 to 15 s, ~480p (640x640), 834×1112."
    assert ["9", "1,000", "1.8", "15", "480", "640", "640", "834", "1112"] == numbers(text)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda d: d["paths"].clear(), "describes no POST to /bytedance/.*, but none"),
        (lambda d: d.pop("paths"), "openapi.paths is missing, not an object"),
        (lambda d: d["components"]["schemas"].pop("Input"), "schemas.Input is missing"),
        (
            lambda d: d["components"]["schemas"].update(
                Input={"$ref": "#/components/schemas/Input"}
            ),
            "refers to itself",
        ),
    ],
)
def test_what_is_no_such_document_is_said_with_its_path(
    document: Schema, spoil: Any, says: str
) -> None:
    """A document of something else, or one that leads nowhere."""
    spoil(document)
    with pytest.raises(AnswerError, match=says):
        drifted(document, FAST)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.sampled_from(["paths", "components", "properties", "image_urls", "required"]), ANYTHING)
def test_any_json_is_read_or_refused(place: str, value: Any) -> None:
    """Foreign documents end in drift or in an error that names the place."""
    document = json.loads(SAMPLE.read_text(encoding="utf-8"))
    inner = document["components"]["schemas"]["Input"]
    tables = {"paths": document, "components": document, "image_urls": inner["properties"]}
    tables.get(place, inner)[place] = value
    with suppress(AnswerError):
        assert all(one.what for one in drifted(document, FAST))
