"""What a caller has in hand becomes arguments that comply; a guard around calls."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

import seedance_prep as prep
from seedance_prep.local import LocalService, Pace

FAST = "bytedance/seedance-2.0/fast/reference-to-video"
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
CLIP_STILL = FIXTURES / "photo_exif6.jpg"
PHOTO, HEIC, CLIP = (FIXTURES / name for name in ("photo.jpg", "beach.heic", "clip_720p.mp4"))


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalService]:
    """A service of its own, and a ledger of its own."""
    monkeypatch.setenv("SEEDANCE_PREP_HOME", str(tmp_path / "home"))
    with LocalService(pace=Pace(queued=0, running=0)) as one:
        yield one


def stored(url: str) -> bytes:
    """The bytes that were uploaded."""
    return httpx.get(url).content


def test_what_a_caller_has_is_taken(service: LocalService) -> None:
    """Paths, bytes, open files, PIL images and data URIs, in their order."""
    with PHOTO.open("rb") as file, Image.open(PHOTO) as picture:
        given: list[Any] = [
            str(PHOTO),
            PHOTO,
            PHOTO.read_bytes(),
            memoryview(PHOTO.read_bytes()),
            file,
            io.BytesIO(PHOTO.read_bytes()),
            "data:image/jpeg;base64," + base64.b64encode(PHOTO.read_bytes()).decode(),
            prep.Image(PHOTO),
            picture,
        ]
        got = prep.arguments(
            "a picture", images=given, videos=[CLIP], duration=5, service=service.base
        )
    assert {"prompt", "image_urls", "video_urls", "duration"} == set(got)
    assert "5" == got["duration"]
    assert [PHOTO.read_bytes()] * 8 == [stored(url) for url in got["image_urls"][:8]]
    with Image.open(io.BytesIO(stored(got["image_urls"][8]))) as sent, Image.open(PHOTO) as own:
        assert own.convert("RGB").tobytes() == sent.convert("RGB").tobytes()


def test_names_follow_their_files(service: LocalService) -> None:
    """A mapping gives names; an open file is called as it is on disk."""
    with CLIP.open("rb") as file:
        got = prep.arguments(
            "{hero} as in @clip_720p.mp4, not {other}",
            images={"other": HEIC, "hero": PHOTO},
            videos=[file],
            service=service.base,
        )
    assert "@Image2 as in @Video1, not @Image1" == got["prompt"]


@pytest.mark.parametrize("name", ["..", "", "a/../..", "x\0y", "é" * 300, "../../up.jpg", 7])
def test_names_of_open_files_lead_nowhere(service: LocalService, name: object) -> None:
    """A file may say any name; it is only a name."""
    file = io.BytesIO(PHOTO.read_bytes())
    file.name = name
    (url,) = prep.arguments("@Image1", images=[file], service=service.base)["image_urls"]
    assert PHOTO.read_bytes() == stored(url)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "F", "HSV", "I;16"])
def test_pictures_of_every_mode_are_taken(service: LocalService, mode: str) -> None:
    """What PNG does not know becomes RGB."""
    picture = Image.new("RGB", (320, 320), "red").convert("L" if mode == "I;16" else mode)
    picture = Image.new(mode, (320, 320)) if mode == "I;16" else picture
    (url,) = prep.arguments("@Image1", images=[picture], service=service.base)["image_urls"]
    with Image.open(io.BytesIO(stored(url))) as sent:
        assert (320, 320) == sent.size


def test_errors_come_with_the_report(service: LocalService, tmp_path: Path) -> None:
    """What cannot be mended is raised before anything is uploaded."""
    with pytest.raises(prep.UnfixableError) as caught:
        prep.arguments("@Image1", images=[tmp_path / "nowhere.png"], service=service.base)
    assert ["FIL001"] == [one.code for one in caught.value.report.findings if one.level == "error"]
    assert [] == list(service.uploads)


def test_the_price_is_held_before_the_upload(service: LocalService) -> None:
    """Above ``max_cost``, by the high figure, nothing is uploaded."""
    with pytest.raises(prep.CostError, match=r"more than the \$0.10"):
        prep.arguments("@Image1", images=[PHOTO], max_cost=0.10, service=service.base)
    assert [] == list(service.uploads)


class Awaited:
    """What some web frameworks hand out."""

    filename = "photo.jpg"

    async def read(self, size: int = -1) -> bytes:  # noqa: ARG002
        """With ``await`` only."""
        return b""


@pytest.mark.parametrize(
    ("images", "says"),
    [
        ([Awaited()], r"photo.jpg is read with await; give the file beneath it \(its .file\)"),
        ([3], "image_urls cannot hold int; give a path"),
        ("photo.jpg", "give a list of files for image_urls, not a single one"),
        ([io.StringIO("x")], "is open as text; open it in binary mode"),
        (["data:image/png;base64,%"], "is no data URI that can be read"),
    ],
)
def test_what_is_no_file_is_said(images: Any, says: str) -> None:
    """One sentence, before anything is read."""
    with pytest.raises(prep.UsageError, match=says):
        prep.arguments("@Image1", images=images)


def test_what_fal_does_not_serve_is_not_sent_there(service: LocalService) -> None:
    """A request that was made to comply with the maker's own numbers goes nowhere."""
    with pytest.raises(prep.UsageError, match="byteplus; requests are sent to fal only"):
        prep.arguments("Image 1", images=[PHOTO], profile="byteplus", service=service.base)
    assert [] == list(service.uploads)


def test_a_request_may_stand_in_place_of_the_prompt(service: LocalService) -> None:
    """With a client that is there already, which stays open."""
    request = prep.Request(prompt="@Image1", images=[PHOTO])
    with prep.Client(service=service.base) as client:
        first = prep.arguments(request, client=client)
        assert first == prep.arguments(request, client=client)


def test_coroutine(service: LocalService) -> None:
    """The same call with ``await``."""
    got = asyncio.run(prep.aio.arguments("@Image1", images=[PHOTO], service=service.base))
    assert PHOTO.read_bytes() == stored(got["image_urls"][0])


def test_addresses_on_this_machine_are_uploaded(service: LocalService) -> None:
    """An address that the service could not reach never goes out."""
    (first,) = prep.arguments("@Image1", images=[PHOTO], service=service.base)["image_urls"]
    with LocalService() as other:
        (again,) = prep.arguments(
            "@Image1", images=[first], private_addresses=True, service=other.base
        )["image_urls"]
        assert again.startswith(other.base)
        assert PHOTO.read_bytes() == stored(again)


class Fake:
    """What a call of a fal client looks like; remembers what it was given."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, Any], Any]] = []

    def subscribe(
        self, application: str, arguments: dict[str, Any], *, with_logs: bool = False
    ) -> str:
        """As ``fal_client.subscribe``."""
        self.seen.append((application, arguments, with_logs))
        return "done"

    async def subscribe_async(self, application: str, arguments: dict[str, Any]) -> str:
        """As ``fal_client.subscribe_async``."""
        return self.subscribe(application, arguments)


def test_a_guarded_call_sends_what_complies(service: LocalService) -> None:
    """Positional or by name, sync or async, with options; the rest of the call is left alone."""
    fake = Fake()
    call = prep.guard(fake.subscribe, service=service.base)
    given: dict[str, Any] = {
        "prompt": "[Image1]",
        "image_urls": [HEIC.read_bytes()],
        "duration": 4,
    }
    assert "done" == call(FAST, given, with_logs=True)
    assert "done" == call(FAST, arguments=given)
    later = prep.guard(fake.subscribe_async, service=service.base, mend="warning")
    assert "done" == asyncio.run(later(FAST, given))
    assert [True, False, False] == [logs for *_, logs in fake.seen]
    assert ["[Image1]", "[Image1]", "@Image1"] == [one["prompt"] for _, one, _ in fake.seen]
    for _, sent, _ in fake.seen:
        assert sent["image_urls"][0].endswith("image1.jpg")
        assert "4" == sent["duration"]
    assert HEIC.read_bytes() == given["image_urls"][0]  # the caller's own stays as it is


def test_a_guard_is_also_a_decorator(service: LocalService) -> None:
    """With options; a call that may not be made is not made."""
    made: list[dict[str, Any]] = []

    @prep.guard(service=service.base)
    def run(application: str, arguments: dict[str, Any]) -> None:
        """Run it."""
        made.append(arguments)

    assert "Run it." == run.__doc__
    with pytest.raises(prep.UnfixableError) as caught:
        run(FAST, {"prompt": "@Image1", "image_urls": [b"no picture"], "cfg_scale": 7})
    assert {"FIL005", "PRM012"} <= {one.code for one in caught.value.report.findings}
    with pytest.raises(prep.UsageError, match="image_urls is not a list"):
        run(FAST, {"prompt": "@Image1", "image_urls": "a.png"})
    assert [] == made


def test_calls_of_other_endpoints_pass_as_they_are() -> None:
    """No limits are made up for what is not known."""
    fake = Fake()
    given = {"prompt": "x", "image_urls": [3]}
    prep.guard(fake.subscribe)("fal-ai/flux/dev", given)
    assert [("fal-ai/flux/dev", given, False)] == fake.seen
