"""Parameters: what each takes, and how a wrong one is refused."""

from __future__ import annotations

from typing import Any

import pytest

from seedance_prep.local.rules import FAST, STANDARD
from seedance_prep.local.schema import judge_arguments

GOOD: list[tuple[str, dict[str, Any]]] = [
    (FAST, {}),
    (FAST, {"resolution": "480p"}),
    (FAST, {"resolution": "720p"}),
    (STANDARD, {"resolution": "1080p"}),
    (STANDARD, {"resolution": "4k"}),
    (FAST, {"duration": "auto"}),
    *((FAST, {"duration": str(seconds)}) for seconds in range(4, 16)),
    *((FAST, {"aspect_ratio": ratio}) for ratio in ("auto", "21:9", "4:3", "1:1", "3:4", "9:16")),
    (FAST, {"generate_audio": False}),
    (FAST, {"bitrate_mode": "high"}),
    (FAST, {"seed": 0}),
    (FAST, {"seed": None}),
    (FAST, {"end_user_id": "u" * 64}),
    (FAST, {"image_urls": None}),
    (FAST, {"image_urls": ["data:image/png;base64,AA"]}),
    (FAST, {"camera_fixed": None}),
    (FAST, {"an_unknown_field": 1}),
]
BAD: list[tuple[str, dict[str, Any], str]] = [
    (FAST, {"resolution": "1080p"}, "literal_error"),
    (FAST, {"resolution": "4k"}, "literal_error"),
    (STANDARD, {"resolution": "8k"}, "literal_error"),
    (FAST, {"resolution": None}, "literal_error"),
    (FAST, {"duration": "3"}, "literal_error"),
    (FAST, {"duration": "16"}, "literal_error"),
    (FAST, {"duration": 5}, "literal_error"),
    (FAST, {"duration": ["5"]}, "literal_error"),
    (FAST, {"aspect_ratio": "16:10"}, "literal_error"),
    (FAST, {"bitrate_mode": "low"}, "literal_error"),
    (FAST, {"generate_audio": "maybe"}, "bool_parsing"),
    (FAST, {"generate_audio": None}, "bool_parsing"),
    (FAST, {"seed": 1.5}, "int_parsing"),
    (FAST, {"seed": "x"}, "int_parsing"),
    (FAST, {"seed": float("nan")}, "int_parsing"),
    (FAST, {"end_user_id": "u" * 65}, "string_too_long"),
    (FAST, {"end_user_id": 5}, "string_type"),
    (FAST, {"prompt": 5}, "string_type"),
    (FAST, {"prompt": None}, "string_type"),
    (FAST, {"image_urls": "http://127.0.0.1/a.png"}, "list_type"),
    (FAST, {"image_urls": [5]}, "string_type"),
    (FAST, {"video_urls": ["data:video/mp4;base64,AA"]}, "value_error"),
    (FAST, {"camera_fixed": True}, "value_error"),
    (FAST, {"frames": 29}, "value_error"),
    (FAST, {"draft": False}, "value_error"),
    (FAST, {"service_tier": "flex"}, "value_error"),
]


@pytest.mark.parametrize(("endpoint", "given"), GOOD)
def test_what_is_taken(endpoint: str, given: dict[str, Any]) -> None:
    """Each value that the endpoint's types list is accepted; unknown names are ignored."""
    assert [] == judge_arguments(endpoint, {"prompt": "x"} | given)


@pytest.mark.parametrize(("endpoint", "given", "word"), BAD)
def test_what_is_refused(endpoint: str, given: dict[str, Any], word: str) -> None:
    """The next value over is refused, under its own name and with a validator's word."""
    details = [one.as_json() for one in judge_arguments(endpoint, {"prompt": "x"} | given)]
    assert [word] == [detail["type"] for detail in details]
    assert ["body", *given] == details[0]["loc"][:2]


def test_only_the_prompt_is_required() -> None:
    """Without any field there is one thing missing."""
    details = [one.as_json() for one in judge_arguments(FAST, {})]
    assert [["body", "prompt"]] == [detail["loc"] for detail in details]
    assert "missing" == details[0]["type"]


def test_all_faults_are_told_at_once() -> None:
    """Two wrong fields are two entries."""
    details = judge_arguments(FAST, {"duration": "3", "resolution": "8k"})
    assert {"prompt", "duration", "resolution"} == {detail.loc[0] for detail in details}
