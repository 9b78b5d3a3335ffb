"""Bytes that all videos have together."""

from __future__ import annotations

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


def test_encodes_share_bytes_by_seconds_and_weight() -> None:
    """A clip of twice the length or weight gets twice the bytes."""
    long, short = video(codec="vp9", duration=8.0), video(codec="vp9", duration=4.0)
    heavy = video(Asset("b.mp4", weight=2.0), codec="vp9", duration=4.0)
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
