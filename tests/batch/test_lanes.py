"""Who goes next: the smallest first, nobody never, and no more than fits."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from seedance_prep.batch.lanes import PATIENCE, Lane, Memory


@dataclass(eq=False)
class One:
    weight: float
    memory: int = 0
    passed: int = 0


def lane(limit: int, memory: int = 1000) -> Lane[One]:
    return Lane(lambda: limit, Memory(memory))


def test_the_smallest_goes_first() -> None:
    """Whatever came before it."""
    here = lane(3)
    ones = [One(9), One(1), One(5)]
    for one in ones:
        here.add(one)
    assert [ones[1], ones[2], ones[0]] == [here.next(), here.next(), here.next()]


def test_no_more_run_than_the_limit() -> None:
    """The next one goes when one has left."""
    here = lane(1)
    first, second = One(1), One(2)
    here.add(first)
    here.add(second)
    assert first is here.next()
    assert here.next() is None
    here.left(first)
    assert second is here.next()


def test_what_does_not_fit_waits_and_what_is_too_large_runs_alone() -> None:
    """Memory is shared by all that run."""
    here = lane(4)
    large, other = One(1, memory=5000), One(2, memory=10)
    here.add(large)
    here.add(other)
    assert large is here.next()
    assert here.next() is None
    here.left(large)
    assert other is here.next()


@given(st.lists(st.integers(0, 5), min_size=1, max_size=200))
def test_nobody_waits_for_ever(weights: list[int]) -> None:
    """However many small ones come meanwhile, the large one goes after so many."""
    here = lane(1)
    large = One(1e12)
    here.add(large)
    turns = 0
    while True:
        here.add(One(float(weights[turns % len(weights)])))
        chosen = here.next()
        assert chosen is not None
        if chosen is large:
            break
        here.left(chosen)
        turns += 1
    assert turns <= PATIENCE
