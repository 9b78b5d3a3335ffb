"""The plan as a whole: least touch, trust, what is left and what would mend it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from seedance_prep.core.finding import Level, Trust
from seedance_prep.core.limits import Limits
from seedance_prep.core.media import Fault, Hdr, Media, Problem, Track
from seedance_prep.core.plan import Action, AudioRecipe, ImageRecipe, Size, VideoRecipe
from seedance_prep.core.request import DEFAULT_ENDPOINT, Asset, Framing
from seedance_prep.limits import load

from .building import LIMITS, codes, image, planned, sound, video

TOLERANT: Limits = load(DEFAULT_ENDPOINT, tolerant=True)


def test_a_phone_clip_is_mended_in_one_encode() -> None:
    """The example of the contract: window, raster, colour, rotation and codec at once."""
    phone = video(
        Asset("phone.mov", start=3, end=9.5),
        container="mov",
        codec="hevc",
        width=1080,
        height=1920,
        rotation=90,
        hdr=Hdr.HLG,
        bits=10,
        fps=Fraction("29.97"),
        vfr=True,
        duration=22.4,
        bytes=31_457_280,
    )
    plan = planned(phone)
    (step,) = plan.steps
    assert () == plan.left
    assert (Action.ENCODED, Trust.LOSSY) == (step.action, step.trust)
    assert (
        "trim 3.000-9.500 s",
        "rotate 90",
        "scale 1080x1920 -> 720x1280",
        "29.97 fps vfr -> 29.97 fps",
        "hlg -> bt709",
        "10 bit -> 8 bit",
        "hevc -> h264",
        "mov -> mp4",
    ) == step.operations


def test_files_without_errors_are_not_touched() -> None:
    """Warnings alone touch nothing: HDR, a turned picture, 23.976 fps."""
    clip = video(hdr=Hdr.PQ, bits=10, rotation=90, fps=Fraction(24000, 1001), vfr=True)
    for step in planned(clip, image(), sound()).steps:
        assert (Action.UNTOUCHED, None, Trust.NONE) == (step.action, step.recipe, step.trust)


def test_warnings_are_mended_when_asked() -> None:
    """``--mend warnings`` encodes for them, and names itself as the remedy where it is missing."""
    clip = video(fps=Fraction(24000, 1001))
    (warning,) = planned(clip).left
    assert "`--mend warnings` mends it (23.976 fps -> 24 fps)" == warning.remedy
    plan = planned(clip, mend=Level.WARNING)
    assert ((), Action.ENCODED) == (plan.left, plan.steps[0].action)


def test_a_wrong_container_alone_is_only_copied() -> None:
    """H.264 and AAC in Matroska need a new container, nothing else."""
    (step,) = planned(video(container="matroska")).steps
    assert (Action.REMUXED, Trust.LOSSLESS) == (step.action, step.trust)
    assert ("matroska -> mp4", "picture and sound kept bit for bit") == step.operations


def test_rounded_frame_times_are_put_back_on_their_grid() -> None:
    """Matroska counts milliseconds, which 30 fps are not and 25 fps are."""
    for fps, grid in ((Fraction(30), Fraction(30)), (Fraction(25), None)):
        plan = planned(video(container="matroska", fps=fps), mend=Level.WARNING)
        assert (VideoRecipe(fps=grid), ()) == (plan.steps[0].recipe, plan.left)


@pytest.mark.parametrize(
    "facts",
    [
        {"container": "matroska", "codec": "vp9"},
        {"container": "matroska", "width": 1920, "height": 1080},
        {"container": "avi"},
        {"container": "matroska", "duration": 16.0},
    ],
)
def test_a_copy_is_not_enough_for_more_than_the_container(facts: dict[str, Any]) -> None:
    """Another codec, raster or length needs an encode; so does AVI, which has no frame times."""
    (step,) = planned(video(**facts)).steps
    assert Action.ENCODED is step.action


def test_sound_alone_is_encoded_beside_a_picture_that_is_copied() -> None:
    """H.264 with Opus keeps its picture bit for bit; without lossy trust nothing is done."""
    clip = video(container="matroska", audio=Track(index=0, codec="opus"), fps=Fraction(25))
    plan = planned(clip)
    (step,) = plan.steps
    assert (Action.REMUXED, VideoRecipe(sound_anew=True)) == (step.action, step.recipe)
    assert (Trust.LOSSY, ()) == (step.trust, plan.left)
    assert ("matroska -> mp4", "opus -> aac", "picture kept bit for bit") == step.operations
    assert Action.UNTOUCHED is planned(clip, allow=Trust.LOSSLESS).steps[0].action


@pytest.mark.parametrize(
    ("allow", "expected"),
    [
        (Trust.NONE, Action.UNTOUCHED),
        (Trust.LOSSLESS, Action.REMUXED),
        (Trust.LOSSY, Action.REMUXED),
    ],
)
def test_a_copy_needs_lossless_trust(allow: Trust, expected: Action) -> None:
    """At trust ``none`` nothing is made, and the finding says what would mend it."""
    plan = planned(video(container="matroska"), allow=allow)
    assert expected is plan.steps[0].action
    assert [("VID001", "@Video1")] * (allow is Trust.NONE) == codes(plan)
    assert allow is not Trust.NONE or Trust.LOSSLESS is plan.left[0].trust


def test_what_needs_more_trust_stays_the_very_same_bytes() -> None:
    """A tiny VP9 clip is not encoded in vain; every finding names the trust that it needs."""
    plan = planned(video(codec="vp9", width=320, height=240))
    assert Action.UNTOUCHED is plan.steps[0].action
    assert {Trust.INVENTIVE} == {one.trust for one in plan.left}
    assert all("`--allow inventive` mends it" in (one.remedy or "") for one in plan.left)


@pytest.mark.parametrize(
    ("media", "code", "operation"),
    [
        (video(duration=0.9), "VID002", "hold the last frame to 2.000 s"),
        (sound(duration=0.5), "AUD002", "add silence to 2.030 s"),
        (video(width=3000, height=1000), "VID013", "pad to 1518x610"),
        (image(width=80, height=107), "IMG004", "scale 80x107 -> 300x401"),
    ],
)
def test_inventive_operations_wait_for_their_trust(media: Media, code: str, operation: str) -> None:
    """Lengthening, padding and scaling up beyond 2 change what is seen or heard."""
    left = planned(image(), media).left
    assert (Trust.INVENTIVE, True) == next(
        (one.trust, operation in (one.remedy or "")) for one in left if one.code == code
    )
    plan = planned(image(), media, allow=Trust.INVENTIVE)
    assert [] == codes(plan)
    assert operation in plan.steps[-1].operations
    assert Trust.INVENTIVE is plan.steps[-1].trust


def test_one_short_clip_is_lengthened_for_the_sum() -> None:
    """1.9 s pass alone, but all videos together must reach 2 s."""
    clip = video(duration=1.9)
    assert [("REQ012", None)] == codes(planned(clip))
    plan = planned(clip, allow=Trust.INVENTIVE)
    assert ([], ("hold the last frame to 2.000 s",)) == (codes(plan), plan.steps[0].operations)


def test_a_remedy_for_a_ratio_names_the_other_way() -> None:
    """Padding is the default; the remedy tells of ``#frame=crop``, which crops when asked."""
    left = planned(image(width=2000, height=500)).left
    assert "`#frame=crop` crops instead" in (left[0].remedy or "")
    cropped = image(Asset("a.jpg", frame=Framing.CROP), width=2000, height=500)
    plan = planned(cropped, allow=Trust.INVENTIVE)
    assert ("crop to 1245x500 at 377,0",) == plan.steps[0].operations


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"container": "heic"}, "jpeg"),
        ({"container": "tiff"}, "png"),
        ({"container": "gif", "width": 400, "height": 400}, "png"),
        ({"container": "bmp", "width": 400, "height": 400}, "png"),
        ({"container": "avif", "alpha": True, "width": 400, "height": 400}, "png"),
        ({"container": "webp", "width": 200, "height": 200}, "webp"),
        ({"container": "png", "width": 200, "height": 200}, "png"),
        ({"container": "png", "bytes": 40_000_000, "width": 5000, "height": 5000}, "png"),
    ],
)
def test_a_still_is_written_in_the_format_that_suits_it(
    facts: dict[str, Any], expected: str
) -> None:
    """PNG where nothing was lost yet and for transparency, WebP stays WebP, others JPEG."""
    (step,) = planned(image(**facts)).steps
    assert isinstance(step.recipe, ImageRecipe)
    assert expected == step.recipe.format


def test_what_may_not_fit_without_loss_is_told_with_the_other_format() -> None:
    """Only the encode shows whether a large PNG fits; the words promise no more than that."""
    (step,) = planned(image(container="bmp", width=4000, height=4000)).steps
    assert ("bmp -> png if it fits without loss, else jpeg",) == step.operations
    (step,) = planned(image(container="avif", alpha=True, width=4000, height=4000)).steps
    assert ("avif -> png if it fits without loss, else webp or jpeg",) == step.operations
    sides: dict[str, Any] = {"width": 6400, "height": 4000}
    (step,) = planned(image(container="webp", lossless=True, **sides)).steps
    assert "webp if it fits without loss, else jpeg" == step.operations[-1]
    (step,) = planned(image(container="webp", lossless=False, **sides)).steps
    assert ("scale 6400x4000 -> 6000x3750",) == step.operations


def test_advice_on_bytes_binds_where_warnings_are_mended() -> None:
    """Up to the limit where only errors are, up to the advice with ``--mend warnings``."""
    for mend, most in ((Level.ERROR, 30_000_000), (Level.WARNING, 10_000_000)):
        (step,) = planned(image(container="heic"), mend=mend).steps
        assert isinstance(step.recipe, ImageRecipe)
        assert (most, 10_000_000) == (step.recipe.max_bytes, step.recipe.aim_bytes)


def test_a_still_that_moves_or_is_deep_is_told_once() -> None:
    """What is left out of an animation and of deep colours stands among the operations."""
    (step,) = planned(image(container="tiff", frames=3, bits=16)).steps
    assert ("keep the first picture", "16 bit -> 8 bit", "tiff -> png") == step.operations


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"container": "m4a", "codec": "aac"}, "mp3"),
        ({"container": "flac", "codec": "flac"}, "mp3"),
        ({"container": "aiff", "codec": "pcm_s24be"}, "wav"),
        ({"container": "wav", "codec": "pcm_f32le", "bytes": 16_000_000}, "wav"),
    ],
)
def test_a_sound_is_written_in_the_format_that_suits_it(
    facts: dict[str, Any], expected: str
) -> None:
    """What is PCM already becomes 16-bit WAV, all else MP3."""
    step = planned(image(), sound(**facts)).steps[1]
    assert isinstance(step.recipe, AudioRecipe)
    assert expected == step.recipe.format


def test_an_unreadable_file_stays_as_it_is() -> None:
    """Its findings stay, and the other files are still planned."""
    broken = Media(asset=Asset("x"), problem=Problem(fault=Fault.EMPTY, says="is empty"))
    plan = planned(broken, video(codec="vp9"), allow=Trust.INVENTIVE)
    assert [Action.UNTOUCHED, Action.ENCODED] == [step.action for step in plan.steps]
    assert [("FIL004", None)] == codes(plan)


def test_knobs_do_not_undo_each_other() -> None:
    """A clip of 2x9 pixels is too small and too narrow: one raster answers both, once."""
    plan = planned(video(width=2, height=9), allow=Trust.INVENTIVE)
    assert () == plan.left
    predicted = plan.steps[0].predicted
    assert predicted is not None
    again = planned(predicted, allow=Trust.INVENTIVE)
    assert Action.UNTOUCHED is again.steps[0].action


def test_tolerance_leaves_alone_what_is_known_to_pass() -> None:
    """15.1 s and 1080p are only warnings with ``--tolerant``."""
    clip = video(duration=15.1, width=1920, height=1080)
    assert Action.UNTOUCHED is planned(clip, limits=TOLERANT).steps[0].action
    assert Action.ENCODED is planned(clip).steps[0].action


def test_an_encode_comes_inside_every_reading_even_when_tolerant() -> None:
    """A file that is encoded anyway gets the strict raster and length."""
    clip = video(duration=15.1, width=1920, height=1080, codec="vp9")
    recipe = planned(clip, limits=TOLERANT).steps[0].recipe
    assert isinstance(recipe, VideoRecipe)
    assert (Size(1280, 720), 14.9) == (recipe.size, recipe.window and recipe.window.length)


def test_scaling_up_is_told() -> None:
    """An info finding says that it adds no detail; scaling down says nothing."""
    plan = planned(video(width=640, height=480), image(width=7000, height=5000))
    assert [("VID034", Level.INFO, "@Video1")] == [
        (one.code, one.level, one.ref) for one in plan.notes
    ]


def test_an_empty_request_has_an_empty_plan() -> None:
    """Nothing to do is no error here; what ``check`` says of it is left."""
    plan = planned()
    assert () == plan.steps
    assert LIMITS.request.references_min.value == 1


@pytest.mark.parametrize("allow", list(Trust))
def test_colours_that_nothing_here_reads_are_left_alone(allow: Trust) -> None:
    """Dolby Vision without a base layer is not encoded into wrong colours, whatever else it has."""
    clip = video(hdr=Hdr.DOLBY_VISION, dolby=5, width=3840, height=2160)
    plan = planned(clip, allow=allow)
    assert Action.UNTOUCHED is plan.steps[0].action
    assert ("VID035", "@Video1") in codes(plan)
