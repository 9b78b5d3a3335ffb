"""The report as a page: loads nothing, escapes everything, shows each file, stays small."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

import seedance_prep as prep
from seedance_prep.checks import RULES
from seedance_prep.core.album import Album, Views
from seedance_prep.core.finding import Finding, Level
from seedance_prep.core.outcome import Report
from seedance_prep.report import html, markdown, rules
from seedance_prep.survey.album import album

from ..conftest import Make

EVIL = "<script>alert(1)</script>"
NAME = "<img src=x onerror='alert(1)'>&\"quoted\".png"
LOADING = ("src", "href", "action", "formaction", "data", "poster", "background", "srcset")
VOID = {"meta", "img", "input", "br"}


class Reader(HTMLParser):
    """Tags with their attributes, the text between them, and whether all tags are closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.scripts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif not self.open or self.open[-1] != "style":
            self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert [] == reader.open
    return reader


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, ffmpeg_make: Make) -> Report:
    """A fixed request whose names are hostile: a still, a clip with a window, a sound."""
    folder = tmp_path_factory.mktemp("private-folder")
    still = folder / NAME
    Image.new("RGB", (200, 640), "orange").save(still)
    clip = ffmpeg_make(
        "clip.mkv",
        *("-f", "lavfi", "-i", "testsrc2=s=854x480:r=25:d=4", "-f", "lavfi", "-i", "sine=d=4"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"),
    )
    request = prep.Request(
        prompt=f"{{hero}} {EVIL} like @Video1",
        assets=[
            prep.Image(still, name="hero"),
            prep.Clip(clip, start=1, end=3.5),
        ],
    )
    return prep.fix(request, folder / "ready", allow="inventive")


@pytest.fixture(scope="module")
def page(ready: Report) -> str:
    return paged(ready, album(ready))


def paged(value: Report, views: Album) -> str:
    assert value.profile
    pages = {judge.rule.code: rules.page(judge.rule, value.profile) for judge in RULES}
    return html.page(value, value.profile, views, pages)


def test_it_loads_nothing(page: str) -> None:
    """No element names an address; pictures are inside; the policy forbids the rest."""
    reader = read(page)
    for tag, attributes in reader.tags:
        assert tag not in {"link", "iframe", "object", "embed", "base", "form"}
        for name in LOADING:
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:image/jpeg;base64,"))
    assert "url(" not in page
    assert "@import" not in page
    policy = next(one["content"] for _, one in reader.tags if one.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:;")


def test_only_its_own_script_may_run(page: str) -> None:
    """One script, whose digest the policy names; no attribute holds another."""
    reader = read(page)
    [script] = reader.scripts
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = next(one["content"] for _, one in reader.tags if one.get("http-equiv"))
    assert f"script-src 'sha256-{digest}'" in (policy or "")
    assert not [name for _, one in reader.tags for name in one if name.startswith("on")]


def test_what_a_user_wrote_is_text(ready: Report) -> None:
    """A name and a prompt that are tags are shown as they are written, and are no tags."""
    assert ready.profile
    page = html.page(ready, ready.profile, album(ready), {}, own_names=True)
    reader = read(page)
    assert EVIL not in page
    assert EVIL in reader.text
    assert NAME in reader.text
    assert {"x"}.isdisjoint(one.get("src") for _, one in reader.tags)


@pytest.mark.parametrize("own", [False, True])
def test_no_folder_is_told(ready: Report, own: bool) -> None:
    """Where files lie is told in neither form; what they are called only when that is wanted."""
    assert ready.profile
    for text in (
        html.page(ready, ready.profile, Album(), {}, own_names=own),
        markdown.page(ready, ready.profile, own_names=own),
    ):
        assert own == ("clip.mkv" in text)
        assert own == ("onerror" in text)
        assert "{hero}" in text
        assert "private-folder" not in text
        assert "/tmp" not in text
        assert str(Path.home()) + "/" not in text


def test_each_output_is_shown(page: str, ready: Report) -> None:
    """Every file that was made stands there with its name, its digest and its facts."""
    text = read(page).text
    for output in ready.outputs:
        assert output.path.name in text
        assert output.sha256 in text
        assert output.ref in text
        for operation in output.operations:
            assert operation in text


def test_pictures_before_and_after_have_a_slider(page: str, ready: Report) -> None:
    """Each file that was encoded: two pictures, and a labelled range that keys move."""
    ranges = [one for tag, one in read(page).tags if tag == "input"]
    assert 2 == len(ready.outputs) == len(ranges)
    assert all(one["type"] == "range" and one["aria-label"] for one in ranges)


def test_every_picture_says_what_it_is(page: str) -> None:
    """Images have a text in their place; only those beside their own name have an empty one."""
    images = [one for tag, one in read(page).tags if tag == "img"]
    assert images
    assert all(one["alt"] or one.get("class") == "thumb" for one in images)


def test_the_kept_window_is_marked(page: str) -> None:
    """Of four seconds those from 1 to 3.5 are kept: a quarter on, and 62.5 % wide."""
    marks = [one["style"] for _, one in read(page).tags if one.get("class") == "keep"]
    film, wave = (
        {key: float(number) for key, _, number in (part[:-1].partition(":") for part in parts)}
        for parts in ((mark or "").split(";") for mark in marks)
    )
    assert {"left": 25.0, "width": 62.5} == pytest.approx(film, abs=1.0)
    assert film == wave


def test_every_finding_has_its_page(page: str, ready: Report) -> None:
    """Code, message and the rule's own page of all that was found in the sources."""
    text = read(page).text
    assert ready.before
    for finding in ready.before:
        assert f"{finding.code} {finding.name}" in text


def test_it_stays_small() -> None:
    """At most 5 MB for twelve files whose pictures are as large as pictures may be."""
    full = Views(
        thumb=bytes(6000),
        before=bytes(72_000),
        after=bytes(72_000),
        close_before=bytes(48_000),
        close_after=bytes(48_000),
    )
    finding = Finding(code="REQ999", name="n", level=Level.ERROR, message="m" * 500)
    value = prep.check(prep.Request(prompt="word " * 5000, assets=[f"{n}.png" for n in range(70)]))
    value = replace(value, findings=(*value.findings, *[finding] * 5000))
    assert 5_000_000 > len(paged(value, Album(views=(full,) * 12)).encode())


def test_markdown_mentions_nobody(ready: Report) -> None:
    """References stand as code, tags are escaped, and each output is named."""
    assert ready.profile
    said = markdown.page(ready, ready.profile)
    outside = "".join(said.split("`")[::2])
    assert "@" not in outside
    assert "<script" not in outside
    assert all(f"`{one.path.name}`" in said for one in ready.outputs)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("*bold* _x_ [a](b)", r"\*bold\* \_x\_ \[a\](b)"),
        ("ask @someone|now", r"ask `@someone`\|now"),
        ("<b>&amp;", r"\<b\>\&amp;"),
    ],
)
def test_markdown_marks_are_escaped(given: str, expected: str) -> None:
    """What would be a mark, a tag or a mention is shown as it is."""
    assert expected == markdown.plain(given)
