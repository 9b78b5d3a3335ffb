"""What a prompt calls its files becomes their numbers, and nothing else in it changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_prep.core.media import Media
from seedance_prep.core.naming import Binding, Called, Left, bind, loose, near, unknown
from seedance_prep.core.refs import numbered
from seedance_prep.core.request import Asset, Kind


def media(*assets: tuple[str, str, str | None]) -> tuple[Media, ...]:
    """Numbered media of (kind, source, name)."""
    return numbered(
        Media(asset=Asset(source, name), kind=Kind(kind)) for kind, source, name in assets
    )


SCENE = media(
    ("image", "beach.jpg", "hero"),
    ("image", "refs/café.png", None),
    ("video", "phone.mov", "moves"),
    ("image", "a/x.jpg", None),
    ("image", "b/x.jpg", None),
    ("image", "my photo.jpg", None),
    ("image", "https://example.org/dir/sun%20set.png?x=1", None),
    ("image", "Image1", None),
    ("audio", "声.mp3", "声"),
)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("{hero} as in {moves}", "@Image1 as in @Video1"),
        ("@beach.jpg, then @phone.mov.", "@Image1, then @Video1."),
        ("让@beach.jpg跳舞, {声}で", "让@Image1跳舞, @Audio1で"),
        ("@refs/café.png is @café.png", "@Image2 is @Image2"),
        ("@cafe\u0301.png", "@Image2"),
        ("(@my photo.jpg)!", "(@Image5)!"),
        ("@sun set.png", "@Image6"),
        ("@a/x.jpg", "@Image3"),
        ("{hero}2 and {hero} 2", "@Image1 2 and @Image1 2"),
        ("🏄{hero}🌊", "🏄@Image1🌊"),
        ('{"who": {hero}}', '{"who": @Image1}'),
    ],
)
def test_a_name_becomes_the_number_of_its_file(given: str, sent: str) -> None:
    """By the caller's name, the file's name or its path, in every script and normal form."""
    assert sent == bind(given, SCENE).sent


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "{{hero}} and {{{hero}}}",
        "{ hero } {Hero} {hero",
        "me@beach.jpg, https://example.org/{hero}?@beach.jpg, www.a.org/@beach.jpg",
        "@x.jpg",
        "@beach.jpgs @beach.jpg.bak @beach",
        "@Image1 and @Image 1",
        "a_@beach.jpg",
        "{nobody} @nobody.png {1} {}",
    ],
)
def test_what_is_no_clear_name_is_not_touched(prompt: str) -> None:
    """Doubled braces, addresses, names of two files, heads of longer words, tags."""
    assert Binding(given=prompt, sent=prompt) == bind(prompt, SCENE)


def test_the_mapping_is_told_once_each_in_the_order_of_the_text() -> None:
    """Every name with the reference that it stands for."""
    got = bind("{moves}: @beach.jpg, {hero}, {moves}", SCENE)
    assert (
        Called("{moves}", "@Video1"),
        Called("@beach.jpg", "@Image1"),
        Called("{hero}", "@Image1"),
    ) == got.names


def test_names_do_not_read_each_other() -> None:
    """What a name stands for is never read as a name again."""
    files = media(("image", "a.jpg", "b"), ("image", "@Image1", "a"), ("image", "{b}", "c"))
    assert "@Image1 @Image2 @Image3" == bind("{b} {a} {c}", files).sent


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("{{hero}} {{hero}}", [("{{hero}}", Left.DOUBLED)]),
        ("@x.jpg", [("@x.jpg", Left.AMBIGUOUS)]),
        ("me@beach.jpg", [("@beach.jpg", Left.ADDRESS)]),
        ("_@beach.jpg", [("@beach.jpg", Left.GLUED)]),
        ("{hero}", []),
    ],
)
def test_what_is_left_has_its_reason(prompt: str, expected: list[tuple[str, Left]]) -> None:
    """Each name that could not be replaced is told once."""
    assert expected == [(one.text, one.why) for one in loose(prompt, SCENE)]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("@beech.jpg.", [("@beech.jpg", "@beach.jpg")]),
        ("@beach", [("@beach", "@beach.jpg")]),
        ("@hero", [("@hero", "{hero}")]),
        ("@Imgae2", [("@Imgae2", "@Image2")]),
        ("@Pic1, @Clip", [("@Pic1", "@Image1"), ("@Clip", "@Video1")]),
        ("@Pic", []),
        ("{ hero }", [("{ hero }", "{hero}")]),
        ('{"hero": 1} {{ hero }} {any thing} { 声}', [("{ 声}", "{声}")]),
        ("@forest.png", [("@forest.png", None)]),
        ("@someone, me@forest.png", []),
        ("@beach.jpg @Image1 [@Image1]", []),
    ],
)
def test_near_misses_are_offered(prompt: str, expected: list[tuple[str, str | None]]) -> None:
    """A slip of a name, of a kind, or a file that is not there; accounts are left alone."""
    assert expected == [(one.text, one.meant) for one in unknown(prompt, SCENE)]


def test_nearness_ignores_case() -> None:
    """``{Hero}`` is near ``{hero}``; nothing is near nothing."""
    assert "{hero}" == near("Hero", ["{hero}"])
    assert near("Hero", []) is None


def test_a_long_prompt_costs_little() -> None:
    """A megabyte of mentions, names, braces and addresses is read to its end."""
    for part in ("@beech{}.jpg ", "{{hero}} {} ", "me{}@beach.jpg ", "{{{{hero}}}}{}@", "@x{} "):
        prompt = "".join(part.format(number) for number in range(40_000))
        bind(prompt, SCENE)
        assert len(list(loose(prompt, SCENE))) <= 1
        assert len(list(unknown(prompt, SCENE))) <= 200


NAMES = st.sampled_from(["hero", "moves", "voice", "声", "b2"])
KINDS = st.sampled_from(list(Kind))
FILES = st.lists(st.tuples(KINDS, NAMES), unique_by=lambda one: one[1], min_size=1, max_size=5)
WORDS = st.text("ab的é1 ,.🏄{}@\n", max_size=6)


@given(FILES, st.data())
def test_every_name_stays_on_its_file(files: list[tuple[Kind, str]], data: st.DataObject) -> None:
    """However files are added, left out or moved, each name has the number of its own file."""
    pieces = data.draw(st.lists(st.tuples(WORDS, st.sampled_from(files)), max_size=6))
    prompt = "".join(f"{text} {{{name}}} " for text, (_, name) in pieces)
    more = data.draw(st.lists(KINDS, max_size=3))
    others = [(kind, f"other{number}") for number, kind in enumerate(more)]
    kept = data.draw(st.lists(st.sampled_from(files), unique=True))
    order = data.draw(st.permutations([*kept, *others]))
    ready = numbered(
        Media(asset=Asset(f"{name}.bin", name), kind=kind, sha256=name) for kind, name in order
    )
    refs = {one.asset.name: one.ref for one in ready}
    assert all(refs[one.text[1:-1]] == one.ref for one in bind(prompt, ready).names)
    expected = "".join(f"{text} {refs.get(name) or f'{{{name}}}'} " for text, (_, name) in pieces)
    assert expected == bind(prompt, ready).sent


@given(FILES, st.data())
def test_leaving_files_out_afterwards_is_the_same_as_before(
    files: list[tuple[Kind, str]], data: st.DataObject
) -> None:
    """A bound prompt follows its files when some are left out, as if bound to those alone."""
    ready = numbered(Media(asset=Asset(f"{name}.bin", name), kind=kind) for kind, name in files)
    gone = data.draw(st.sets(st.sampled_from([one.asset.name for one in ready])))
    kept = [one for one in ready if one.asset.name not in gone]
    after = numbered(kept)
    moves = {str(old.ref): str(new.ref) for old, new in zip(kept, after, strict=True)}
    prompt = " and ".join(f"{{{one.asset.name}}}" for one in kept)
    assert bind(prompt, after) == bind(prompt, ready).moved(moves)


@given(st.text(), st.sampled_from([SCENE, ()]))
def test_any_text_is_bound(prompt: str, files: tuple[Media, ...]) -> None:
    """No text makes binding fail; without a name in it, it goes out as it came."""
    got = bind(prompt, files)
    assert got.names or got.sent == prompt
    assert bind(got.sent, files).sent == got.sent
