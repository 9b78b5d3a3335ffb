"""Names of files in a report that is shared: none, in whatever form a sentence holds them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

import seedance_prep as prep
from seedance_prep.core.album import Album
from seedance_prep.report import html, markdown
from seedance_prep.report.naming import Names

HOSTILE = (
    "Kind am Strand.jpg",
    "it's mine.png",
    "tab\there.mov",
    "Käthe.wav",
    "日本語の家族.jpg",
    "a\u202eb.mp4",
    "-rf.mov",
    "[a-z]+.jpg",
    "no_ending",
)


def pages(report: prep.Report) -> tuple[str, str]:
    """In HTML and in Markdown."""
    assert report.profile
    shown = html.page(report, report.profile, Album(), {})
    return shown, markdown.page(report, report.profile)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("folder", ["", "/home/jane doe/"])
def test_a_missing_file_is_a_number(name: str, folder: str) -> None:
    """Message, remedy, place and prompt hold no part of its name, however it was written."""
    request = prep.Request(
        assets=[f"{folder}{name}"], prompt=f"@{name} runs like {name}, not {{{name}}}."
    )
    for page in pages(prep.check(request)):
        assert "file 1" in page
        for part in (name.rpartition(".")[0] or name, "jane"):
            assert part not in page


@pytest.mark.parametrize("name", ["it's mine.png", "Käthe\tam See.png", "a'b c.webp"])
def test_a_command_that_mends_names_the_reference(name: str, tmp_path: Path) -> None:
    """What a remedy writes for a shell, quotes and all, becomes the reference."""
    path = tmp_path / name
    Image.new("RGB", (200, 640), "orange").save(path)
    report = prep.check(prep.Request(images=[path], prompt=f"@{name}"))
    said = " ".join(one.remedy or "" for one in report.findings)
    assert "seedance-prep fix" in said
    for page in pages(report):
        assert "@Image1" in page
        assert not [part for part in ("mine", "Käthe", "See", "b c", tmp_path.name) if part in page]


def test_words_that_only_hold_a_name_stay() -> None:
    """A name is taken out as a word: within others, or of two signs, it is one of the sentence."""
    report = prep.check(prep.Request(assets=["is", "clip"]))
    names = Names.of(report)
    assert "eclipse is file 2, clips are file 2" == names.clean("eclipse is clip, clips are clip")


def test_addresses_keep_their_host_at_most() -> None:
    """The path of an address is as private as a file's name, decoded or not."""
    address = "https://media.example.com/jane/Kind%20am%20Strand.jpg?token=s3cret"
    names = Names.of(prep.check(prep.Request(assets=[address])))
    said = names.clean(f"@Kind am Strand.jpg of {address} is at {address.partition('?')[0]}")
    assert not [part for part in ("Strand", "jane", "s3cret") if part in said]
