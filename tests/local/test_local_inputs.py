"""Where inputs may come from."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from .conftest import Caller, Media

CHEAP = {"prompt": "x", "resolution": "480p", "duration": "4", "generate_audio": False}


def words(caller: Caller, **urls: list[str]) -> list[Any]:
    """The words of the refusal; none where there is a video."""
    answer = caller.result(CHEAP | urls)
    return [] if answer.status_code == 200 else [d["type"] for d in answer.json()["detail"]]


def test_a_data_uri_is_a_picture_but_no_video(standing: Caller, media: Media) -> None:
    """Inline pictures and sounds are read, an inline video is refused."""
    still, sound = (
        base64.b64encode(path.read_bytes()).decode()
        for path in (media.still(), media.sound("a.wav"))
    )
    assert [] == words(
        standing,
        image_urls=[f"data:image/png;base64,{still}"],
        audio_urls=[f"data:audio/wav;base64,{sound}"],
    )
    assert ["value_error"] == words(standing, video_urls=[f"data:video/mp4;base64,{still}"])


def test_another_server_of_this_machine_is_asked(
    standing: Caller, serve: Any, media: Media
) -> None:
    """A file of another loopback server is fetched and judged; its 404 is a download error."""
    other = serve()
    url = other.upload(media.still())
    assert [] == words(standing, image_urls=[url])
    assert "" == other.service.received[-1].auth
    assert ["file_download_error"] == words(standing, image_urls=[url + "x"])


def test_own_files_are_known_by_either_name(standing: Caller, media: Media) -> None:
    """``localhost`` is this service as well."""
    url = standing.upload(media.still())
    assert [] == words(standing, image_urls=[url.replace("127.0.0.1", "localhost")])


@pytest.mark.parametrize(
    "url",
    [
        "https://example.invalid/a.png",
        "http://192.0.2.1/a.png",
        "http://localhost.example.invalid/a.png",
        "http://127.0.0.1:9/a.png",
        "file:///etc/passwd",
        "/etc/passwd",
        "",
        "data:image/png;base64,%%%",
        "http://[bad/a.png",
        "http://127.0.0.1:99999/a.png",
    ],
)
def test_nothing_else_is_fetched(standing: Caller, url: str) -> None:
    """Other hosts, other schemes and broken addresses are a download error, and the job ends."""
    assert ["file_download_error"] == words(standing, image_urls=[url])


def test_a_slot_that_was_never_filled_is_no_input(standing: Caller) -> None:
    """The URL of a file that did not come cannot be downloaded."""
    fields = {"file_name": "a.png", "content_type": "image/png"}
    url = standing.http.post("/storage/upload/initiate", json=fields).json()["file_url"]
    assert ["file_download_error"] == words(standing, image_urls=[url])
