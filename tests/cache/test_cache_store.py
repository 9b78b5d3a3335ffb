"""What a cache keeps, notices and throws out; however broken it is, it breaks no run."""

from __future__ import annotations

import hashlib
import os
import pickle
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from seedance_prep.cache import Cache
from seedance_prep.cache.index import NAME
from seedance_prep.cache.settings import size_of
from seedance_prep.core.media import ImageFacts
from seedance_prep.errors import UsageError
from seedance_prep.isolation import apart

from . import crowd, cutting

ROOT = Path(__file__).resolve().parents[2]
FACTS = ImageFacts(container="jpeg", bytes=5, width=640)
ROOMY = 10_000_000


class Counter:
    """Counts how often it is asked."""

    def __init__(self, value: object = FACTS) -> None:
        self.value, self.calls = value, 0

    def __call__(self) -> object:
        self.calls += 1
        return self.value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def cache(folder: Path) -> Iterator[Cache]:
    with Cache(folder, ROOMY) as one:
        yield one


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "secret name.jpg"
    path.write_bytes(b"12345")
    return path


def told(folder: Path, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Speak to the index behind the cache's back."""
    with closing(sqlite3.connect(folder / NAME, isolation_level=None)) as db:
        return db.execute(statement, values).fetchall()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_question_is_asked_once(cache: Cache, source: Path) -> None:
    """The same content and question is answered from memory; another question is asked."""
    make = Counter()
    assert [FACTS, FACTS] == [cache.recall(source, ["facts"], make) for _ in range(2)]
    assert 1 == make.calls
    cache.recall(source, ["facts", 2], make)
    assert 2 == make.calls


def test_content_counts_and_not_its_name(cache: Cache, source: Path, tmp_path: Path) -> None:
    """A copy of a file is known; the file with other content is not."""
    make = Counter()
    cache.recall(source, [], make)
    copy = tmp_path / "copy"
    copy.write_bytes(source.read_bytes())
    cache.recall(copy, [], make)
    assert 1 == make.calls
    source.write_bytes(b"54321")
    cache.recall(source, [], make)
    assert 2 == make.calls


def test_nothing_found_is_not_kept(cache: Cache, source: Path) -> None:
    """``None`` is no answer to remember."""
    make = Counter(None)
    assert [None, None] == [cache.recall(source, [], make) for _ in range(2)]
    assert 2 == make.calls


def test_what_was_cut_short_is_not_kept(cache: Cache, source: Path) -> None:
    """A child that was ended has said half of it: the next one is asked again, also in a fork."""
    assert "half" == cache.recall(source, ["here"], lambda: cutting.answered(0.01))
    assert "whole" == cache.recall(source, ["here"], lambda: cutting.answered(10.0))
    assert "half" == cache.recall(source, ["apart"], lambda: apart(cutting.answered, 0.01))
    assert "whole" == cache.recall(source, ["apart"], lambda: apart(cutting.answered, 10.0))
    assert 2 == cache.stats().entries


def test_a_file_that_changes_meanwhile_is_not_kept(cache: Cache, source: Path) -> None:
    """What was found while the content became another is nobody's."""

    def found() -> int:
        source.write_bytes(b"other")
        return 1

    cache.recall(source, [], found)
    assert 0 == cache.stats().entries


def test_an_unchanged_file_is_not_read_again(cache: Cache, folder: Path) -> None:
    """The digest of a file that rested for a while is taken from the index."""
    resting = ROOT / "fixtures" / "photo.jpg"
    assert sha256(resting.read_bytes()) == cache.digest(resting)
    told(folder, "UPDATE stamps SET digest = 'known'")
    assert "known" == cache.digest(resting)


def test_a_file_changed_just_now_is_read_again(cache: Cache, source: Path, folder: Path) -> None:
    """Within the grain of its clock a second change would leave no sign."""
    assert sha256(b"12345") == cache.digest(source)
    told(folder, "UPDATE stamps SET digest = 'known'")
    assert sha256(b"12345") == cache.digest(source)


def test_a_turned_back_clock_hides_nothing(cache: Cache, source: Path, folder: Path) -> None:
    """A change of the same size with the old time of modification is noticed."""
    before = source.stat()
    cache.digest(source)
    told(folder, "UPDATE stamps SET recorded = recorded + 60000000000")
    source.write_bytes(b"54321")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert sha256(b"54321") == cache.digest(source)


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes there")
def test_only_files_have_digests(cache: Cache, tmp_path: Path) -> None:
    """Folders, pipes and what is not there have none, and nothing waits for them."""
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "nothing", ".", "\0"):
        assert cache.digest(tmp_path / name) is None


def test_a_file_is_kept_once_and_private(cache: Cache, folder: Path, source: Path) -> None:
    """Two answers share one file; nobody else may read it, and it is not the user's own."""
    digests = {cache.keep(name, source, str) for name in ("one", "two")}
    assert {sha256(b"12345")} == digests
    assert (2, 1) == (cache.stats().entries, cache.stats().files)
    (kept,) = (folder / "files").glob("??/*")
    assert 0o600 == stat.S_IMODE(kept.stat().st_mode)
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
    assert not kept.samefile(source)


def test_a_tampered_file_is_noticed(cache: Cache, folder: Path, source: Path) -> None:
    """A file with other bytes is no longer there, and neither is what was said of it."""
    digest = cache.keep("key", source, str)
    assert digest
    (kept,) = (folder / "files").glob("??/*")
    kept.write_bytes(b"99999")
    assert cache.file(digest) is None
    assert cache.value("key") is None
    assert not kept.exists()


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="links are followed there")
def test_a_planted_link_is_not_followed(cache: Cache, folder: Path, source: Path) -> None:
    """Also to the very same content: what it leads to may change."""
    digest = cache.keep("key", source, str)
    assert digest
    (kept,) = (folder / "files").glob("??/*")
    kept.unlink()
    kept.symlink_to(source)
    assert cache.file(digest) is None


@pytest.mark.parametrize("value", [b"", b"x" * 40, pickle.dumps(os.getcwd)])
def test_a_broken_entry_is_thrown_away(
    cache: Cache, folder: Path, source: Path, value: bytes
) -> None:
    """Whatever stands there instead is never called or believed, and is made anew."""
    make = Counter()
    cache.recall(source, [], make)
    told(folder, "UPDATE entries SET value = ?", hashlib.sha256(value).digest()[:16] + value)
    assert FACTS == cache.recall(source, [], make)
    assert FACTS == cache.recall(source, [], make)
    assert 2 == make.calls


def test_a_flipped_bit_is_noticed(cache: Cache, folder: Path, source: Path) -> None:
    """A value that still reads well, but differs, fails its checksum."""
    make = Counter()
    cache.recall(source, [], make)
    ((value,),) = told(folder, "SELECT value FROM entries")
    assert isinstance(value, bytes)
    told(folder, "UPDATE entries SET value = ?", value.replace(b"jpeg", b"jpeh"))
    assert FACTS == cache.recall(source, [], make)
    assert 2 == make.calls


@pytest.mark.parametrize("ruin", [b"no database at all " * 400, b"SQLite format 3\0" * 300])
def test_a_broken_index_begins_anew(folder: Path, source: Path, ruin: bytes) -> None:
    """Nothing is known then, and everything works."""
    with Cache(folder, ROOMY) as first:
        first.recall(source, [], Counter())
    (folder / NAME).write_bytes(ruin)
    make = Counter()
    with Cache(folder, ROOMY) as second:
        assert [FACTS, FACTS] == [second.recall(source, [], make) for _ in range(2)]
    assert 1 == make.calls


def test_an_index_of_another_version_begins_anew(folder: Path, source: Path) -> None:
    """Its tables are not read as if they were ours."""
    with Cache(folder, ROOMY) as first:
        first.recall(source, [], Counter())
    told(folder, "ALTER TABLE entries RENAME COLUMN value TO other")
    told(folder, "PRAGMA user_version = 99")
    make = Counter()
    with Cache(folder, ROOMY) as second:
        assert [FACTS, FACTS] == [second.recall(source, [], make) for _ in range(2)]
    assert 1 == make.calls


def test_another_ffmpeg_makes_anew(folder: Path) -> None:
    """Its answers go by another name; those of the same program keep theirs."""
    code = (
        "import sys; from pathlib import Path; from seedance_prep.cache import Cache;"
        "cache = Cache(Path(sys.argv[1]), 1000); print(cache.key('digest', 'facts')); cache.close()"
    )
    argv = [sys.executable, "-c", code, str(folder)]
    other = os.environ | {"SEEDANCE_PREP_FFMPEG": sys.executable}
    names = [
        subprocess.run(argv, env=env, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for env in (os.environ, os.environ, other)
    ]
    assert names[0] == names[1] != names[2]


def test_a_place_that_cannot_be_written_has_nothing(tmp_path: Path, source: Path) -> None:
    """The work is done all the same."""
    (tmp_path / "file").write_text("in the way")
    make = Counter()
    with Cache(tmp_path / "file" / "cache", ROOMY) as cache:
        assert FACTS == cache.recall(source, [], make)
        assert cache.keep("key", source, str) is None
        assert 0 == cache.stats().entries
        cache.clear()


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
def test_a_full_disk_is_no_fault_of_the_work(tmp_path: Path, source: Path) -> None:
    """What cannot be written is not kept, and nobody hears of it."""
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from seedance_prep.cache import Cache\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "with Cache(Path(sys.argv[1]), 10**7) as cache:\n"
        "    cache.put('key', 'value')\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "    source = Path(sys.argv[2])\n"
        "    print(cache.recall(source, [], lambda: 'found'), cache.keep('f', source, str))\n"
        "    print(cache.value('key'))\n"
    )
    source.write_bytes(b"x" * 5000)
    argv = [sys.executable, "-c", code, str(tmp_path / "cache"), str(source)]
    done = subprocess.run(argv, cwd=ROOT, check=False, capture_output=True, text=True)
    assert ("found None\nvalue\n", "") == (done.stdout, done.stderr)


def test_the_longest_unused_goes_first(folder: Path, tmp_path: Path) -> None:
    """Beyond its bound a cache throws out what nobody took for longest."""
    with Cache(folder, 35_000) as cache:
        digests = []
        for number in range(3):
            path = tmp_path / str(number)
            path.write_bytes(bytes([number]) * 10_000)
            digests.append(cache.keep(str(number), path, str) or "")
        assert all(isinstance(cache.value(str(number)), str) for number in range(3))
        with cache.file(digests[0]) or path.open("rb") as file:  # used now
            assert b"\0" * 10_000 == file.read()
        path = tmp_path / "more"
        path.write_bytes(b"m" * 10_000)
        cache.keep("more", path, str)
        assert cache.stats().bytes <= 35_000
        assert cache.value("1") is None
        assert digests[0] == cache.value("0")
        assert 2 <= len(list((folder / "files").glob("??/*"))) == cache.stats().files


def test_a_file_larger_than_the_cache_is_not_kept(folder: Path, source: Path) -> None:
    """It would throw out all the others for nothing."""
    with Cache(folder, 4) as cache:
        assert cache.keep("key", source, str) is None


def test_no_bytes_are_no_cache(folder: Path, source: Path) -> None:
    """With 0 bytes nothing is written at all."""
    with Cache(folder, 0) as cache:
        assert FACTS == cache.recall(source, [], Counter())
        assert cache.keep("key", source, str) is None
    assert not folder.exists()


def test_clear_leaves_nothing(cache: Cache, folder: Path, source: Path) -> None:
    """Also of files that no index names."""
    cache.recall(source, [], Counter())
    cache.keep("key", source, str)
    stray = folder / "files" / "ab" / ("ab" * 32)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"left by a killed run")
    cache.clear()
    assert (0, 0, 0) == (cache.stats().entries, cache.stats().files, cache.stats().bytes)
    assert not list((folder / "files").glob("??/*"))


def test_no_name_of_the_user_is_kept(cache: Cache, folder: Path, source: Path) -> None:
    """Neither in the index nor in a file's name."""
    cache.recall(source, ["facts"], Counter())
    cache.keep("key", source, str)
    cache.close()
    held = [path for path in folder.rglob("*") if path.is_file()]
    assert not [path for path in held if b"secret name" in path.read_bytes()]
    assert not [path for path in held if "secret" in path.name]


def test_it_travels(cache: Cache, source: Path) -> None:
    """A copy in another process is the same cache."""
    cache.recall(source, [], Counter())
    with pickle.loads(pickle.dumps(cache)) as copy:
        make = Counter()
        copy.recall(source, [], make)
    assert 0 == make.calls


@pytest.mark.slow
def test_several_processes_share_it(tmp_path: Path) -> None:
    """They keep, take and throw out at once: nobody falls, and what is left is sound."""
    argv = [sys.executable, "-m", "tests.cache.crowd", str(tmp_path)]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    children = [
        subprocess.Popen(
            [*argv, str(seed), "120"], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True
        )
        for seed in range(3)
    ]
    assert [""] * 3 == [child.communicate()[1] for child in children]
    assert [0] * 3 == [child.returncode for child in children]
    crowd.main(tmp_path, 99, 12)
    with Cache(tmp_path / "cache", 40_000) as cache:
        stats = cache.stats()
        digests = [str(one) for (one,) in told(tmp_path / "cache", "SELECT digest FROM files")]
        assert stats.files == len(digests) > 0
        assert stats.bytes <= 40_000
        for digest in digests:
            with cache.file(digest) or pytest.fail(digest) as file:
                assert digest == sha256(file.read())


@pytest.mark.parametrize(
    ("text", "size"), [("0", 0), ("500MB", 500_000_000), ("1.5 gb", 1_500_000_000), ("1KiB", 1024)]
)
def test_sizes_are_read(text: str, size: int) -> None:
    """A number with or without a unit."""
    assert size == size_of(text)


@pytest.mark.parametrize("text", ["", "much", "-1", "2x", "1e9", "9" * 40])
def test_what_is_no_size_is_told(text: str) -> None:
    """One sentence with what would be one."""
    with pytest.raises(UsageError, match="is no size; give one as 500MB"):
        size_of(text)
