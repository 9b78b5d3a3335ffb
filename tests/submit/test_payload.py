"""The body of the paid request, and what the ledger keeps of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seedance_prep.core.document import document_of, request_from
from seedance_prep.core.job import Upload
from seedance_prep.core.request import Clip, Request
from seedance_prep.errors import UsageError
from seedance_prep.submit.document import sent_files
from seedance_prep.submit.payload import payload

from ..upload.ready import output, ready


def upload(ref: str) -> Upload:
    """A file at a URL that says which it is."""
    url = f"https://x.invalid/{ref[1:]}"
    return Upload(ref=ref, sha256="0", url=url, bytes=1, content_type="a/b", file_name="c")


def test_urls_stand_in_the_order_of_their_numbers() -> None:
    """Per kind, from 1, whatever order the uploads come in; ten comes after nine."""
    refs = ["@Video2", "@Image10", "@Image2", "@Audio1", "@Image1", "@Video1"]
    body = payload(ready(()), map(upload, refs))
    assert [f"https://x.invalid/Image{n}" for n in (1, 2, 10)] == body["image_urls"]
    assert [f"https://x.invalid/Video{n}" for n in (1, 2)] == body["video_urls"]
    assert ["https://x.invalid/Audio1"] == body["audio_urls"]


def test_a_kind_without_files_is_left_out() -> None:
    """No empty arrays."""
    assert {"prompt", "image_urls"} == set(payload(ready(()), [upload("@Image1")]))


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        ({"duration": "5"}, {"duration": 5}),
        ({"duration": "5"}, {"duration": "5"}),
        ({"duration": "auto"}, {"duration": "auto"}),
        ({"seed": 7, "resolution": "480p"}, {"seed": 7, "resolution": "480p"}),
        ({"generate_audio": False}, {"generate_audio": False}),
        ({"camera_fixed": True}, {"extra": {"camera_fixed": True}}),
        ({}, {}),
    ],
)
def test_parameters_go_out_as_the_endpoint_takes_them(
    expected: dict[str, Any], given: dict[str, Any]
) -> None:
    """Only those that were given; seconds as text."""
    body = payload(ready((), **given), ())
    del body["prompt"]
    assert expected == body


def test_the_prompt_of_the_report_is_sent() -> None:
    """A prompt that was rewritten for new numbers goes out, not the old one."""
    assert "Look at @Image1" == payload(ready((), prompt="Look at @Image1"), ())["prompt"]


@pytest.mark.parametrize("prompt", [None, "", " \n"])
def test_without_a_prompt_nothing_is_sent(prompt: str | None) -> None:
    """The endpoint requires one."""
    with pytest.raises(UsageError, match="a prompt is needed"):
        payload(ready((), prompt=prompt), ())


def test_what_is_not_json_is_refused_before_anything_is_sent() -> None:
    """NaN and half a character are findings of nobody; they are wrong calls."""
    with pytest.raises(UsageError, match="as JSON"):
        payload(ready((), extra={"x": float("nan")}), ())


def test_the_ledger_keeps_what_was_asked_for() -> None:
    """Prompt, endpoint, parameters, and the assets as they were given; it reads back as such."""
    clip = Clip("b.mp4", start=1, keep="best", weight=2, frame="pad", fill="loop", name="hero")
    request = Request(prompt="a", assets=["x", clip], duration=5, seed=3, extra={"camera": 1})
    document = document_of(request)
    assert {
        "endpoint": "bytedance/seedance-2.0/fast/reference-to-video",
        "prompt": "a",
        "duration": 5,
        "seed": 3,
        "camera": 1,
        "assets": [
            {"source": "x"},
            {"source": "b.mp4", "name": "hero", "start": 1, "keep": "best", "weight": 2,
             "frame": "pad", "fill": "loop", "as": "video"},
        ],
    } == document  # fmt: skip
    again = request_from(document, lambda _: True)
    assert (request.entries(), request.extra) == (again.entries(), again.extra)
    assert document == document_of(again)


def test_the_ledger_knows_where_files_came_from(tmp_path: Path) -> None:
    """Absolute path of the source, digest of what is sent, and what was done to it."""
    path = tmp_path / "a\udcff.jpg"
    path.write_bytes(b"x")
    (sent,) = sent_files(ready([output(path)]))
    assert f"{tmp_path}/a\\udcff.jpg" == sent.source
    assert ("@Image1", "untouched", 1, None) == (sent.ref, sent.action, sent.bytes, sent.url)
