"""``[NAME=]PATH-or-URL[#FRAGMENT]`` as the command line takes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

import pytest

from seedance_prep import errors
from seedance_prep.core.request import (
    Asset,
    Clip,
    Framing,
    Image,
    Keep,
    Kind,
    Request,
    Sound,
    parse_asset,
)


def nowhere(_: str) -> bool:
    return False


def only(*names: str) -> Callable[[str], bool]:
    return lambda name: name in names


@pytest.mark.parametrize(
    ("text", "asset"),
    [
        ("phone.mov", Asset("phone.mov")),
        ("hero=phone.mov", Asset("phone.mov", "hero")),
        ("phone.mov#t=3,9.5", Asset("phone.mov", start=3, end=9.5)),
        ("phone.mov#t=3", Asset("phone.mov", start=3)),
        ("phone.mov#t=,9.5", Asset("phone.mov", end=9.5)),
        ("phone.mov#t=npt:1:02.5,0:01:10", Asset("phone.mov", start=62.5, end=70)),
        ("a.mp4#keep=last&weight=2", Asset("a.mp4", keep=Keep.LAST, weight=2)),
        ("a.mp4#frame=pad&t=1,4", Asset("a.mp4", start=1, end=4, frame=Framing.PAD)),
        ("a.gif#as=video", Asset("a.gif", kind=Kind.VIDEO)),
        ("x=https://h/a.mp4?k=1#t=1,4", Asset("https://h/a.mp4?k=1", "x", 1, 4)),
        ("https://h/a.mp4?k=v", Asset("https://h/a.mp4?k=v")),
        ("a#b.mp4", Asset("a#b.mp4")),
        ("take #2.mp4#t=1,4", Asset("take #2.mp4", start=1, end=4)),
        ("-", Asset("-")),
        ("-x.mp4", Asset("-x.mp4")),
        ("1=a.mp4", Asset("1=a.mp4")),
        ("новый=клип.mp4", Asset("клип.mp4", "новый")),
    ],
)
def test_each_form_is_read(text: str, asset: Asset) -> None:
    """Name, path and fields are told apart; what is no field belongs to the path."""
    assert asset == parse_asset(text, nowhere)


@pytest.mark.parametrize("name", ["hero=a.mp4", "a.mp4#t=3,9", "a.mp4#x=y", "a=b#t=9,3"])
def test_an_existing_file_of_that_literal_name_wins(name: str) -> None:
    """A file that is really called so is meant, whatever its name looks like."""
    assert Asset(name) == parse_asset(name, only(name))


def test_behind_a_name_a_literal_file_wins_too() -> None:
    """The rest behind ``NAME=`` may itself be a literal name."""
    assert Asset("a#t=1.mp4", "hero") == parse_asset("hero=a#t=1.mp4", only("a#t=1.mp4"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a.mp4#t=9,3", r"t=9,3 ends before it starts; write t=3,9"),
        ("a.mp4#t=3,3", r"t=3,3 ends before it starts; write t=START,END in seconds"),
        ("a.mp4#t=soon", r"a.mp4#t=soon: t=soon is not a number"),
        ("a.mp4#t=-1,3", r"t=-1 is negative"),
        ("a.mp4#t=5,-1", r"t=-1 is negative"),
        ("a.mp4#t=--1", r"t=--1 is not a number"),
        ("a.mp4#weight=-.5", r"weight=-.5 is negative"),
        ("a.mp4#t=nan", r"t=nan is not a number"),
        ("a.mp4#keep=middle", r"keep=middle is not one of first, last, best"),
        ("a.mp4#weight=0", r"weight=0 is not between 0 and 1000"),
        ("a.mp4#frame=zoom", r"frame=zoom is not one of crop, pad"),
        ("a.mp4#as=text", r"as=text is not one of image, video, audio"),
        ("a.mp4#speed=2", r"unknown field 'speed'; the fields are t, keep, weight, frame, fill"),
        ("", r"an asset has an empty path"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_sentence(text: str, says: str) -> None:
    """A wrong field is a usage error (status 2) that says how to write it."""
    with pytest.raises(errors.UsageError, match=says) as raised:
        parse_asset(text, nowhere)
    assert 2 == raised.value.status
    assert "\n" not in str(raised.value)


def test_python_spells_the_same_fields() -> None:
    """``prep.Image``, ``prep.Clip`` and ``prep.Sound`` carry what a fragment carries."""
    clip = Clip(PurePath("phone.mov"), start=3, end=9.5, keep="last", weight=2, frame="pad")
    assert (Keep.LAST, Framing.PAD, Kind.VIDEO) == (clip.keep, clip.frame, clip.kind)
    assert Asset("a.png", "hero", frame=Framing.CROP, kind=Kind.IMAGE) == Image(
        "a.png", name="hero", frame="crop"
    )
    assert Asset("v.m4a", start=1, kind=Kind.AUDIO) == Sound("v.m4a", start=1)
    with pytest.raises(errors.UsageError, match="keep=middle"):
        Clip("a.mp4", keep="middle")


def test_a_cut_window_is_asked_for_no_more() -> None:
    """``whole`` is the asset of the output: same file fields, no window."""
    asset = Asset("a.mp4", "hero", 3, 9.5, weight=2)
    assert asset.windowed
    assert Asset("a.mp4", "hero", weight=2) == asset.whole()
    assert not asset.whole().windowed


def test_a_list_of_the_request_fixes_the_kind() -> None:
    """Images, videos and audio come in this order, then those whose bytes decide."""
    request = Request(audio=["a"], videos=["b", Clip("c")], images=["d"], assets=["e"])
    assert [("d", "image"), ("b", "video"), ("c", "video"), ("a", "audio"), ("e", None)] == [
        (asset.source, asset.kind) for asset in request.entries()
    ]


def test_only_parameters_that_were_set_are_given() -> None:
    """What the caller left alone is left to the endpoint; ``False`` and 0 are set."""
    request = Request(generate_audio=False, seed=0, extra={"x": 1})
    assert {"generate_audio": False, "seed": 0, "x": 1} == request.parameters()
