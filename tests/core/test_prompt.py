"""Mentions of references in a prompt, in every form and script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_prep.core.prompt import (
    TagForm,
    called,
    characters,
    glued,
    in_fals_form,
    tags,
    tags_in_addresses,
    words,
)
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
        "@image1.jpg",
        "https://example.org/@Image1",
        "www.example.org/[Image1]",
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


FILES = {Kind.IMAGE: 2, Kind.VIDEO: 1}


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("[Image1] moves like <Video_1>", "@Image1 moves like @Video1"),
        ("@image2, ＠Image1, 【图片1】", "@Image2, @Image1, @Image1"),
        ("图片1像视频1一样", "@Image1像@Video1一样"),
        ("Image 1 dances", "@Image1 dances"),
        ("@Image1 like image 1 of my album", "@Image1 like image 1 of my album"),
        ("[Image3], Image 7 and [Audio1]", "[Image3], Image 7 and [Audio1]"),
        ("[Image1]2", "@Image1 2"),
        ("me@image1.org {hero} 🏄", "me@image1.org {hero} 🏄"),
    ],
)
def test_other_forms_are_brought_into_fals(given_: str, expected: str) -> None:
    """Only mentions of files that are there change; plain words only where no tag names it."""
    assert expected == in_fals_form(given_, FILES)


@given(st.text())
def test_fals_form_is_kept(prompt: str) -> None:
    """What was brought into fal's form stays as it is."""
    once = in_fals_form(prompt, FILES)
    assert once == in_fals_form(once, FILES)


@pytest.mark.parametrize(
    ("prompt", "touches"),
    [
        ("of@Image1 x", True),
        ("@Image1x", True),
        ("@Image1_", True),
        ("(@Image1)", False),
        ("让@Image1跳", False),
        ("@Image1's", False),
        ("[Image1]s", False),
        ("Image 1", False),
    ],
)
def test_a_tag_may_touch_a_word(prompt: str, touches: bool) -> None:
    """Letters of scripts with spaces between words, right before or behind."""
    (tag,) = tags(prompt)
    assert touches == glued(prompt, tag)


def test_tags_in_addresses_are_told_apart() -> None:
    """They are no mentions, but can be spoken of."""
    prompt = "me@image1.org https://a.org/@Image2 @Image3"
    assert ["@image1", "@Image2"] == [tag.text for tag in tags_in_addresses(prompt)]
    assert ["@Image3"] == [tag.text for tag in tags(prompt)]


def test_names_in_braces() -> None:
    """Single braces around a word, once each; doubled ones and addresses name nothing."""
    prompt = '{a} {{b}} {c}} {{{d}}} {a} {"e": 1} https://f/{g} {1} {é_2}'
    assert ("a", "c", "é_2") == called(prompt)


@pytest.mark.parametrize("part", ["a", "@", "a@", "http://", "a.b@c.", "{", "{a", "www.", "a-"])
def test_a_megabyte_is_read_to_its_end(part: str) -> None:
    """No pattern looks at the same text again and again."""
    prompt = part * (1_000_000 // len(part))
    assert () == tags(prompt)
    assert () == called(prompt)
