"""Bytes that all videos have together."""

from __future__ import annotations

import pytest

from seedance_prep.core.media import Media
from seedance_prep.core.plan import Action, VideoRecipe
from seedance_prep.core.request import Asset

from .building import codes, planned, video

END = 50_000_000


def _rooms(*sizes: int) -> list[int | None]:
    plan = planned(*[video(bytes=size) for size in sizes])
    assert [] == codes(plan)
    return [
        step.recipe.max_bytes if isinstance(step.recipe, VideoRecipe) else None
        for step in plan.steps
    ]


def test_files_that_fit_together_are_not_touched() -> None:
    """49.9 MB are under 50 MB."""
    assert [None, None] == _rooms(25_000_000, 24_900_000)


def test_the_largest_gives_way_first() -> None:
    """Three files pass alone and fail together: one is encoded, the others stay as they are."""
    rooms = _rooms(30_000_000, 15_000_000, 10_000_000)
    assert [24_000_000, None, None] == rooms


def test_the_bound_is_exclusive_and_counts_megabytes_of_ten_to_the_six() -> None:
    """50,000,000 bytes are refused, and so are 50 MiB."""
    assert [None] == _rooms(END - 1)
    assert [49_000_000] == _rooms(END)
    assert [49_000_000] == _rooms(50 * 1024 * 1024)


def _clip(seconds: float, mbit: float, weight: float = 1.0, codec: str = "vp9") -> Media:
    size = int(seconds * mbit * 125_000)
    asset = Asset(f"{seconds}-{mbit}-{weight}.mkv", weight=weight)
    return video(asset, codec=codec, duration=seconds, bytes=size)


def test_encodes_share_bytes_by_seconds_and_weight() -> None:
    """Where all want more than there is, twice the length or weight gets twice the bytes."""
    long, short, heavy = _clip(8, 60), _clip(4, 60), _clip(4, 60, weight=2.0)
    for clips in ([long, short], [heavy, short]):
        plan = planned(*clips)
        rooms = [step.recipe.max_bytes or 0 for step in plan.steps if step.recipe]
        assert 2 == round(rooms[0] / rooms[1], 4)
        assert sum(rooms) < END


def test_an_encode_makes_a_heavy_neighbour_give_way() -> None:
    """A file that must be encoded needs bytes, which 49.9 MB beside it would not leave."""
    plan = planned(video(bytes=49_900_000), video(bytes=50_000, codec="vp9"))
    assert [Action.ENCODED, Action.ENCODED] == [step.action for step in plan.steps]
    assert [] == codes(plan)


def _shares(*clips: Media) -> list[int]:
    plan = planned(*clips)
    assert [] == codes(plan)
    return [getattr(step.recipe, "max_bytes", None) or 0 for step in plan.steps]


def test_who_needs_little_gets_it_all_and_no_more() -> None:
    """Beside two clips full of noise a quiet one has four times what its source spends."""
    loud, louder, quiet = _shares(
        _clip(4.9, 100, codec="prores"), _clip(4.9, 80), _clip(4.9, 2, codec="mjpeg")
    )
    assert 0.95 * 49_000_000 < loud + louder + quiet < END
    assert 4 * int(4.9 * 2 * 0.3 * 125_000) == quiet
    assert louder > loud > 5 * quiet


def test_need_counts_by_its_root() -> None:
    """Four times the noise gets twice the bytes: the quieter one is not starved for it."""
    noisy, calm = _shares(_clip(7.4, 48), _clip(7.4, 12))
    assert 2 == pytest.approx(noisy / calm, rel=0.05)


def test_nobody_is_held_back_where_there_is_room() -> None:
    """Clips that want little together may each have more: what is there is handed out."""
    first, second = _shares(_clip(7.4, 2), _clip(7.4, 1))
    assert 48_900_000 < first + second <= 49_000_000
    assert first > second > 10_000_000
