"""Files that are left out: only at trust ``drop``, the least wanted first."""

from __future__ import annotations

import pytest

from seedance_prep.core.finding import Level, Trust
from seedance_prep.core.media import Fault, Media, Problem
from seedance_prep.core.request import Asset, Kind

from .building import codes, image, planned, sound, video


def _dropped(*media: Media, prompt: str | None = None, mend: Level = Level.ERROR) -> list[str]:
    plan = planned(*media, allow=Trust.DROP, prompt=prompt, mend=mend)
    return [step.media.ref or "?" for step in plan.steps if step.dropped]


def test_the_last_of_a_kind_goes_first() -> None:
    """Ten pictures are one too many."""
    assert ["@Image10"] == _dropped(*[image() for _ in range(10)])


def test_nothing_is_dropped_below_that_trust() -> None:
    """Leaving a file out changes what the prompt means."""
    plan = planned(*[image() for _ in range(10)], allow=Trust.INVENTIVE)
    assert not any(step.dropped for step in plan.steps)
    assert [("REQ001", None)] == codes(plan)
    assert (Trust.DROP, "`--allow drop` mends it (leaves out @Image10)") == (
        plan.left[0].trust,
        plan.left[0].remedy,
    )


def test_a_weight_saves_a_file() -> None:
    """The lightest goes first."""
    clips = [video(Asset(f"{weight}", weight=weight), duration=2.0) for weight in (2, 1, 3, 4)]
    assert ["@Video2"] == _dropped(*clips)


def test_a_file_that_the_prompt_names_stays() -> None:
    """Who is never mentioned goes before who is."""
    clips = [video(duration=2.0) for _ in range(4)]
    assert ["@Video3"] == _dropped(*clips, prompt="@Video1 @Video2 @Video4")


def test_a_file_that_cannot_be_read_goes_first() -> None:
    """It could not be sent anyway."""
    broken = Media(
        asset=Asset("x.mp4"),
        kind=Kind.VIDEO,
        problem=Problem(fault=Fault.DAMAGED, says="is cut short"),
    )
    assert ["@Video1"] == _dropped(broken, *[video(duration=2.0) for _ in range(3)])


@pytest.mark.parametrize(("files", "expected"), [(12, 0), (13, 1), (15, 3)])
def test_all_files_together_have_a_limit(files: int, expected: int) -> None:
    """9, 3 and 3 are each allowed, 15 are not."""
    media = [image() for _ in range(9)] + [video(duration=2.0) for _ in range(3)]
    media += [sound(duration=2.0) for _ in range(3)]
    assert expected == len(_dropped(*media[: files - 3], *media[-3:]))


def test_outputs_are_numbered_anew() -> None:
    """What stays is counted from 1 without gaps, as it will be sent."""
    clips = [video(Asset(f"{index}", weight=index + 1), duration=2.0) for index in range(4)]
    plan = planned(*clips, allow=Trust.DROP)
    assert [None, "@Video1", "@Video2", "@Video3"] == [
        step.predicted.ref if step.predicted else None for step in plan.steps
    ]
    assert ["@Video1", "@Video2", "@Video3", "@Video4"] == [step.media.ref for step in plan.steps]


def test_twins_are_dropped_when_warnings_are_mended() -> None:
    """The same file twice is only a warning, so it needs both options."""
    same = [
        Media(asset=one.asset, kind=one.kind, facts=one.facts, sha256="ab" * 32)
        for one in (image(), image())
    ]
    assert [] == _dropped(*same)
    assert ["@Image2"] == _dropped(*same, mend=Level.WARNING)


def test_twins_are_still_seen_after_they_were_encoded() -> None:
    """Both are made by the same recipe from the same bytes, so they are the same again."""
    same = [
        Media(asset=one.asset, kind=one.kind, facts=one.facts, sha256="ab" * 32)
        for one in (image(container="heic"), image(container="heic"))
    ]
    assert [("REQ007", "@Image2")] == [(one.code, one.ref) for one in planned(*same).left]
