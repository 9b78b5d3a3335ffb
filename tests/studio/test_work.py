"""Fix, compare, take away, generate: over HTTP, against the local service."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from seedance_prep.local import Faults, LocalService, Pace

from .desks import Caller, opened

ASKED = {"prompt": "@Image1 hums @Audio1", "duration": 4, "resolution": "480p"}


@pytest.fixture
def ready(shared: Caller, photo: Path, voice: Path) -> Caller:
    """A photo that complies and a sound that was fixed; made once, unless a test changed it."""
    desk = shared.desk()
    names = [one["source"] for one in desk["assets"]]
    if names != [photo.name, voice.name] or not desk["fix"]["fresh"]:
        shared.http.post("/api/clear", json={})
        shared.dropped(photo, voice)
        shared.http.patch("/api/request", json=ASKED)
        shared.fixed()
    return shared


def test_a_fix_makes_what_complies(ready: Caller) -> None:
    """Outputs come by neutral names with what was done, measured again, and no path."""
    fix = ready.desk()["fix"]
    assert ("done", True, True) == (fix["state"], fix["fresh"], fix["ok"])
    still, sound = fix["outputs"]
    assert ("image1.jpg", "untouched") == (still["path"], still["action"])
    assert ("audio1.mp3", "encoded", ["m4a -> mp3"]) == (
        sound["path"], sound["action"], sound["operations"])  # fmt: skip
    assert [one["id"] for one in ready.desk()["assets"]] == [still["id"], sound["id"]]
    part = ready.http.get("/api/outputs/@Audio1/file", headers={"Range": "bytes=0-9"})
    assert (206, 10) == (part.status_code, len(part.content))
    packed = zipfile.ZipFile(io.BytesIO(ready.http.get("/api/set.zip").content))
    assert ["image1.jpg", "audio1.mp3"] == packed.namelist()
    assert sound["bytes"] == packed.getinfo("audio1.mp3").file_size


@pytest.mark.slow
def test_pictures_of_files_and_outputs(page: Caller, fixtures_dir: Path) -> None:
    """A clip has a film of so many frames, a waveform, and the same instant before and after."""
    (clip,) = page.dropped(fixtures_dir / "clip_720p.mp4")
    page.http.patch(f"/api/assets/{clip['id']}", json={"t": [1, 3.5]})
    page.fixed()
    film = page.http.get(f"/api/assets/{clip['id']}/strip.jpg", params={"frames": 6})
    width, height = Image.open(io.BytesIO(film.content)).size
    assert (6 * 160, 90) == (width, height)
    wave = page.http.get(f"/api/assets/{clip['id']}/wave.json", params={"points": 40}).json()
    assert 20 <= len(wave["heights"]) <= 40
    assert 1.0 == max(wave["heights"])
    sizes = []
    for side in ("before", "after"):
        shot = page.http.get("/api/outputs/Video1/frame.jpg", params={"side": side, "at": 1})
        assert "image/jpeg" == shot.headers["content-type"]
        sizes.append(Image.open(io.BytesIO(shot.content)).size)
    assert [(640, 360), (640, 360)] == sizes
    bad = page.http.get(f"/api/assets/{clip['id']}/strip.jpg", params={"frames": 4000})
    assert 400 == bad.status_code


def test_the_report_is_apart_from_the_studio(ready: Caller) -> None:
    """It may run its own script, but as no part of this origin, and loads nothing."""
    answer = ready.http.get("/api/report.html")
    assert 200 == answer.status_code
    assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts")
    assert "The request complies" in answer.text


def test_a_desk_that_changed_is_fixed_again_before_it_is_sent(ready: Caller) -> None:
    """What was fixed is not what lies there, so nothing is sent."""
    (still, _) = ready.desk()["assets"]
    ready.http.patch(f"/api/assets/{still['id']}", json={"name": "other"})
    assert not ready.desk()["fix"]["fresh"]
    answer = ready.http.post("/api/generate", json={"yes": True, "max_cost": 9})
    assert 409 == answer.status_code
    assert "fix it again" in answer.json()["error"]
    ready.http.patch(f"/api/assets/{still['id']}", json={"name": None})
    assert ready.desk()["fix"]["fresh"]


def test_nothing_is_paid_without_a_yes_and_a_limit(ready: Caller) -> None:
    """It is refused in words, and no run begins."""
    for asked, status, word in (
        ({"max_cost": 9}, 400, "say yes"),
        ({"max_cost": 9, "yes": "true"}, 400, "say yes"),
        ({"yes": True}, 400, "max_cost is missing"),
        ({"yes": True, "max_cost": True}, 400, "max_cost is missing"),
        ({"yes": True, "max_cost": "lots"}, 400, "not an amount"),
        ({"yes": True, "max_cost": 0.01}, 409, "more than the $0.01"),
    ):
        before = ready.desk()["run"]
        answer = ready.http.post("/api/generate", json=asked)
        assert status == answer.status_code, asked
        assert word in answer.json()["error"]
        assert before == ready.desk()["run"]


def test_generate_is_followed_to_its_video(ready: Caller) -> None:
    """The run goes through the queue, its log is told, and the video can be watched in parts."""
    desk = ready.generated()
    run = desk["run"]
    assert ("done", True, None) == (run["state"], run["video"], run["error"])
    assert "Making the video" in run["log"]
    part = ready.http.get(f"/api/runs/{run['id']}/video", headers={"Range": "bytes=4-11"})
    assert (206, b"ftyp") == (part.status_code, part.content[:4])
    (row, *_) = ready.http.get("/api/runs").json()["runs"]
    assert (run["id"], "finished", True) == (row["run"], row["state"], row["video"])
    assert ["photo.jpg", "voice.m4a"] == [one["source"] for one in row["assets"]]
    assert 202 == ready.http.post(f"/api/runs/{run['id']}/resume", json={}).status_code
    assert "done" == ready.followed()["run"]["state"]
    assert 400 == ready.http.get("/api/runs/r-none").status_code


def test_a_run_that_is_stopped_in_time_is_not_paid(
    tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who stops while files are still on their way has sent nothing that costs money."""
    monkeypatch.setenv("SEEDANCE_PREP_HOME", str(tmp_path))
    down = Faults(upload_500=50)  # tried again and again, with pauses between
    with LocalService(faults=down) as service, opened(tmp_path, service=service.base) as page:
        page.dropped(photo)
        page.http.patch("/api/request", json=ASKED | {"prompt": "@Image1 shines"})
        page.fixed()
        page.http.post("/api/generate", json={"yes": True, "max_cost": 9})
        run = page.http.post("/api/generate/stop", json={}).json()["run"]
        assert "stopped" == run["state"]
        assert 0 == sum(service.submissions.values())


def test_no_answer_holds_a_path_or_a_key(ready: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked, the home of the studio and the key stay here."""
    monkeypatch.setenv("FAL_KEY", "0f1e2d3c:secret")
    assert ready.desk()["has_key"]
    paths = ["/api/desk", "/api/runs", "/api/report.html", "/api/nothing", "/api/outputs/x/file"]
    for path in paths:
        said = ready.http.get(path).text
        for word in (str(ready.home), "studio/files", "secret", os.path.expanduser("~")):  # noqa: PTH111
            assert word not in said, path


@pytest.mark.slow
def test_the_same_request_is_not_paid_twice_by_mistake(
    tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second press names the earlier run; only who says so again pays again."""
    monkeypatch.setenv("SEEDANCE_PREP_HOME", str(tmp_path))
    with (
        LocalService(pace=Pace(queued=0, running=0)) as service,
        opened(tmp_path, service=service.base) as page,
    ):
        page.dropped(photo)
        page.http.patch("/api/request", json=ASKED | {"prompt": "@Image1 shines"})
        page.fixed()
        first = page.generated()["run"]
        answer = page.http.post("/api/generate", json={"yes": True, "max_cost": 9})
        assert 409 == answer.status_code
        assert first["id"] == answer.json()["earlier"]
        assert "costs as much again" in answer.json()["error"]
        assert 1 == sum(service.submissions.values())
        assert first["id"] != page.generated(again=True)["run"]["id"]
        assert 2 == sum(service.submissions.values())


def test_a_fix_that_is_stopped_leaves_nothing(page: Caller, phone: Path) -> None:
    """Its children end at once, no output is kept, and it says so."""
    page.dropped(phone)
    page.http.post("/api/fix", json={})
    again = page.http.post("/api/fix", json={})
    assert (409, True) == (again.status_code, "is running" in again.json()["error"])
    page.http.post("/api/fix/stop", json={})
    fix = page.desk()["fix"]
    assert ("failed", []) == (fix["state"], fix["outputs"])
    assert "stopped" in fix["error"]
    assert [] == list((page.home / "studio").glob("ready-*"))
