"""Mentions of references in a prompt, in every form and script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_prep.core.prompt import TagForm, characters, tags, words
from seedance_prep.core.refs import TAGS
from seedance_prep.core.request import Kind


def forms(prompt: str) -> list[tuple[str, str, str]]:
    return [(tag.text, tag.ref, tag.form.value) for tag in tags(prompt)]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("@Image1", [("@Image1", "@Image1", "fal")]),
        ("@Video2,@Audio3.", [("@Video2", "@Video2", "fal"), ("@Audio3", "@Audio3", "fal")]),
        ("让@Image1跳舞", [("@Image1", "@Image1", "fal")]),
        ("(@Image12)", [("@Image12", "@Image12", "fal")]),
        ("[Image1]", [("[Image1]", "@Image1", "foreign")]),
        ("[@Image1]", [("[@Image1]", "@Image1", "foreign")]),
        ("<Image_1>", [("<Image_1>", "@Image1", "foreign")]),
        ("<Image 1>", [("<Image 1>", "@Image1", "foreign")]),
        ("【图片1】", [("【图片1】", "@Image1", "foreign")]),
        ("@image1", [("@image1", "@Image1", "foreign")]),
        ("@IMAGE1", [("@IMAGE1", "@Image1", "foreign")]),
        ("@Image 1", [("@Image 1", "@Image1", "foreign")]),
        ("@Image01", [("@Image01", "@Image1", "foreign")]),
        ("＠Image1", [("＠Image1", "@Image1", "foreign")]),
        ("@Image１", [("@Image１", "@Image1", "foreign")]),
        ("Image 1 dances", [("Image 1", "@Image1", "prose")]),
        ("图片3和视频1", [("图片3", "@Image3", "prose"), ("视频1", "@Video1", "prose")]),
        ("音频 2、画像1、動画2", [
            ("音频 2", "@Audio2", "prose"),
            ("画像1", "@Image1", "prose"),
            ("動画2", "@Video2", "prose"),
        ]),
        ("imagen 1, Vídeo 2, gambar 3", [
            ("imagen 1", "@Image1", "prose"),
            ("Vídeo 2", "@Video2", "prose"),
            ("gambar 3", "@Image3", "prose"),
        ]),
    ],
)  # fmt: skip
def test_each_form_is_read(prompt: str, expected: list[tuple[str, str, str]]) -> None:
    """A mention is found with its text, the form that fal takes, and how it is written."""
    assert expected == forms(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "an image of 3 birds",
        "video 4K",
        "image 16:9",
        "image 1.5 times",
        "video 10 seconds long",
        "audio 50% louder",
        "[Image1",
        "<Video 2 and",
        "write to me@Image4.com",
        "preImage1",
        "@Imagery1",
        "@Picture1",
        "@vıdeo1",
        "@VİDEO1",
    ],
)
def test_what_is_no_mention_is_left_alone(prompt: str) -> None:
    """Quantities, addresses, other words and open brackets name no file."""
    assert [] == forms(prompt)


def test_a_tag_knows_where_it_stands() -> None:
    """Start and end cut the tag out of the prompt, so that it can be rewritten in place."""
    prompt = "🏄 of [Image1] moves like @Video2!"
    assert ["[Image1]", "@Video2"] == [prompt[tag.start : tag.end] for tag in tags(prompt)]


def test_an_absurd_number_costs_nothing() -> None:
    """A number of a million digits is one that no request reaches, not a stall."""
    (tag,) = tags("@Image" + "9" * 1_000_000)
    assert tag.number >= 10**9


@given(st.text())
def test_any_text_is_read(prompt: str) -> None:
    """No text makes the reader fail, and every tag stands in the text as it says."""
    assert all(prompt[tag.start : tag.end] == tag.text for tag in tags(prompt))


@given(
    st.lists(st.tuples(st.sampled_from(Kind), st.integers(0, 15)), max_size=8), st.text("的 ,。あ")
)
def test_every_tag_of_fals_form_is_found(mentions: list[tuple[Kind, int]], glue: str) -> None:
    """In any surroundings without letters of Latin script, all come back, in order."""
    prompt = f"{glue} ".join(f"{TAGS[kind]}{number}" for kind, number in mentions)
    found = tags(prompt)
    assert mentions == [(tag.kind, tag.number) for tag in found]
    assert {tag.form for tag in found} <= {TagForm.FAL}


def test_length_is_told_in_words_or_in_characters() -> None:
    """Words are counted where spaces part them, characters where none do."""
    assert (4, 0) == (words("The surfer -- of @Image1"), characters("The surfer -- of @Image1"))
    assert (0, 5) == (words("让他跳舞吧。"), characters("让他跳舞吧。"))
    assert (2, 4) == (words("use 图片 slow 镜头"), characters("use 图片 slow 镜头"))
    assert (0, 0) == (words(""), characters(""))
