"""Every store keeps the same contract, with real servers on loopback."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import seedance_prep as prep
from seedance_prep.storage import Parts, StoreError, opened, place_of

from .servers import USER, Traffic

pytest.importorskip("fsspec")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of botocore and werkzeug
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

Url = Callable[[str], str]


@pytest.fixture(params=["memory", "sftp", pytest.param("s3", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest) -> Url:
    """The address of a file in a store of each kind."""
    if request.param == "memory":
        folder = secrets.token_hex(4)
        return lambda name: f"memory://{folder}/{name}"
    traffic: Traffic = request.getfixturevalue(request.param)
    if request.param == "sftp":
        return lambda name: f"sftp://{USER}@127.0.0.1:{traffic.port}/{name}"
    folder = secrets.token_hex(4)
    return lambda name: f"s3://media/{folder}/{name}"


def put(url: str, data: bytes, folder: Path) -> None:
    source = folder / "source"
    source.write_bytes(data)
    with opened(url) as store:
        store.put(source)


def test_what_is_put_is_there(url: Url, tmp_path: Path) -> None:
    """Whole and in ranges, with its size; and what is put there again replaces it."""
    data = secrets.token_bytes(300_000)
    put(url("file.bin"), data, tmp_path)
    with opened(url("file.bin")) as store:
        assert len(data) == store.look().bytes
        assert data[70_000:200_001] == store.read(70_000, 200_001)
    put(url("file.bin"), b"other", tmp_path)
    with opened(url("file.bin")) as store:
        assert b"other" == store.read(0, 5)


def test_a_file_is_read_from_there(url: Url, fixtures_dir: Path, tmp_path: Path) -> None:
    """Its facts are those of the file; ``fix`` makes the same of it."""
    source = fixtures_dir / "photo.jpg"
    put(url("photo.jpg"), source.read_bytes(), tmp_path)
    request = prep.Request(assets=[url("photo.jpg")])
    (media,) = prep.check(request, private_addresses=True).assets
    assert prep.check(prep.Request(assets=[source])).assets[0].facts == media.facts
    (output,) = prep.fix(request, tmp_path / "out", private_addresses=True).outputs
    assert source.read_bytes() == output.path.read_bytes()


def test_outputs_are_put_there(url: Url, fixtures_dir: Path, tmp_path: Path) -> None:
    """Proven first, then whole; nothing else is left there, and nothing here."""
    request = prep.Request(assets=[fixtures_dir / "photo.jpg"])
    (output,) = prep.fix(request, url("out/")).outputs
    assert url("out/image1.jpg") == output.shown
    assert not output.path.exists()
    with opened(output.shown) as store:
        right = (fixtures_dir / "photo.jpg").read_bytes()
        assert right == store.read(0, store.look().bytes)


def test_what_cannot_be_put_is_told(sftp: Traffic, shelf: Path, fixtures_dir: Path) -> None:
    """As an output that cannot be written, and half of it is not left there."""
    (shelf / "out").write_text("in the way")
    request = prep.Request(assets=[fixtures_dir / "photo.jpg"])
    with pytest.raises(prep.MachineError, match=r"out/image1.jpg cannot be written"):
        prep.fix(request, f"sftp://{USER}@127.0.0.1:{sftp.port}/out")
    assert ["out"] == [path.name for path in shelf.iterdir()]


def test_what_is_not_there_is_told(url: Url) -> None:
    """In one sentence, without a name of the caller's login."""
    request = prep.Request(assets=[url("nothing.mp4")])
    (finding, *_) = prep.check(request, private_addresses=True).findings
    assert "FIL001" == finding.code
    assert "has no such bucket or file" in finding.message
    assert "nobody" not in finding.message


def test_what_is_replaced_meanwhile_is_noticed(url: Url, tmp_path: Path) -> None:
    """Parts of two files are never taken for one."""
    put(url("file.bin"), b"a" * 100_000, tmp_path)
    place = tmp_path / "here"
    place.write_bytes(b"")
    with opened(url("file.bin")) as store:
        parts = Parts(store, store.look(), place, 4096)
        parts.fill(0, 5000)
        put(url("file.bin"), b"b" * 100_001, tmp_path)
        with pytest.raises(StoreError, match="was replaced"):
            parts.fill(50_000, 60_000)


def test_parts_are_fetched_once(tmp_path: Path) -> None:
    """Only holes are filled, by whole blocks; the rest of the file is empty."""
    data = secrets.token_bytes(100_000)
    put("memory://once/file", data, tmp_path)
    place = tmp_path / "here"
    place.write_bytes(b"")
    with opened("memory://once/file") as store:
        parts = Parts(store, store.look(), place, 1000)
        for start, end in ((5, 10), (3000, 4500), (500, 3500), (99_999, 100_000), (0, 5000)):
            parts.fill(start, end)
    assert ((0, 5000), (99_000, 100_000)) == parts.have
    assert 6000 == parts.fetched
    assert data[:5000] + b"\0" * 94_000 + data[99_000:] == place.read_bytes()


@pytest.mark.slow
def test_a_large_file_of_s3_costs_its_headers(
    s3: Traffic, fixtures_dir: Path, tmp_path: Path
) -> None:
    """Of a file with its index at the end, only both ends come over the wire."""
    from . import large

    path = large.mp4(fixtures_dir / "phone.mov", tmp_path / "long.mov", 40_000_000)
    put("s3://media/long.mov", path.read_bytes(), tmp_path)
    before = s3.received
    (media,) = prep.check(prep.Request(assets=["s3://media/long.mov"])).assets
    assert media.partial
    assert prep.check(prep.Request(assets=[path])).assets[0].facts == media.facts
    assert s3.received - before < 5_000_000


@pytest.mark.slow
def test_nobody_is_logged_in(s3: Traffic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without credentials the sentence says where they are taken from."""
    import fsspec

    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    fsspec.filesystem("s3").clear_instance_cache()
    (finding, *_) = prep.check(prep.Request(assets=["s3://media/file"])).findings
    assert "nobody is logged in to s3://media" in finding.message


def test_a_server_must_be_known(sftp: Traffic, home: Path) -> None:
    """Its key is never taken on first sight."""
    (home / ".ssh" / "known_hosts").write_text("")
    url = f"sftp://{USER}@127.0.0.1:{sftp.port}/file"
    (finding, *_) = prep.check(prep.Request(assets=[url]), private_addresses=True).findings
    assert "is not in ~/.ssh/known_hosts" in finding.message


def test_a_user_must_be_known(sftp: Traffic) -> None:
    """Another user is refused, and nobody's password is asked for."""
    url = f"sftp://stranger@127.0.0.1:{sftp.port}/file"
    (finding, *_) = prep.check(prep.Request(assets=[url]), private_addresses=True).findings
    assert "nobody is logged in to sftp://127.0.0.1" in finding.message


def test_private_servers_need_a_word(sftp: Traffic) -> None:
    """An address in a request leads into no private network."""
    url = f"sftp://{USER}@127.0.0.1:{sftp.port}/file"
    (finding, *_) = prep.check(prep.Request(assets=[url])).findings
    assert "no public address" in finding.message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("s3://id:key@bucket/file", "holds a login"),
        ("sftp://me:secret@host/file", "holds a password"),
        ("sftp://host", "names no file"),
        ("sftp://ho st/file", "names no server"),
        ("s3://bucket", "names no object"),
        ("s3://bucket/a::memory://b", "chains several addresses"),
        ("simplecache::s3://bucket/a", "is no address in a store"),
        ("file:///etc/passwd", "is a file: address"),
        ("ftp://host/file", "where nothing is read from"),
        ("http://host/file", "where nothing is read from"),
        ("local://etc/passwd", "where nothing is read from"),
    ],
)
def test_other_addresses_are_refused(text: str, says: str) -> None:
    """With one sentence, that holds no secret."""
    with pytest.raises(StoreError, match=says) as caught:
        place_of(text)
    assert "secret" not in str(caught.value)


def test_a_missing_extra_is_named() -> None:
    """An installation without the stores' libraries says what to install."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from seedance_prep.storage import StoreError, opened\n"
        "try:\n"
        "    with opened('s3://bucket/file'): pass\n"
        "except StoreError as error: print(error.remedy)"
    )
    root = Path(__file__).resolve().parents[2]
    argv = [sys.executable, "-I", "-S", "-c", code, str(root)]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    assert "pip install 'seedance_prep[storage]'\n" == done.stdout


def test_refused_addresses_are_findings() -> None:
    """The other files of a request are judged all the same."""
    texts = ["ftp://host/file", "file:///etc/passwd", "zip://a::s3://b/c"]
    report = prep.check(prep.Request(assets=texts))
    assert ["FIL001"] * 3 == [one.code for one in report.findings if one.code.startswith("FIL")]


def test_what_was_put_away_is_not_sent(fixtures_dir: Path) -> None:
    """Files that a fix put into a store are not here to be uploaded: one sentence says so."""
    request = prep.Request(prompt="a @Image1", images=[fixtures_dir / "photo.jpg"])
    ready = prep.fix(request, out=f"memory://{secrets.token_hex(4)}")
    with (
        prep.Client(service="http://127.0.0.1:9") as client,
        pytest.raises(prep.UsageError, match=r"image1\.jpg is in a store; fix into a folder"),
    ):
        client.upload(ready)
