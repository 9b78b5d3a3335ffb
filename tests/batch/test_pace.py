"""How many are sent at a time, how much is spent, and who waits for whose upload."""

from __future__ import annotations

import threading
import time
from decimal import Decimal

from seedance_prep.batch.sender import FIRST, MOST, Claims, Pace, Purse


def test_each_that_is_taken_allows_one_more() -> None:
    """Up to what an account may have."""
    pace = Pace()
    for _ in range(100):
        pace.taken()
    assert MOST == pace.limit


def test_a_refusal_halves_them_and_shuts_the_door() -> None:
    """For as long as the service asks, or longer each time when it does not say."""
    pace = Pace()
    assert 7.0 == pace.refused(7.0)
    assert FIRST // 2 == pace.limit
    assert pace.opens > time.monotonic() + 6
    pace.refused(0.0)
    assert FIRST // 2 == pace.limit, "one of several that were sent together"
    waits = []
    for _ in range(8):
        pace.opens = 0.0
        waits.append(pace.refused(0.0))
    assert sorted(waits) == waits
    assert 1 == pace.limit


def test_money_is_taken_before_it_is_spent() -> None:
    """To the cent; what has no price does not fit under a limit."""
    purse = Purse(Decimal("3.00"), Decimal("1.00"))
    assert purse.take(Decimal("2.00"))
    assert not purse.take(Decimal("0.01"))
    assert not purse.take(None)
    assert not purse.may(Decimal("0.01"))
    purse.give_back(Decimal("2.00"))
    assert purse.take(Decimal("1.99"))


def test_a_file_is_on_its_way_once() -> None:
    """Who needs the same file waits; who needs others does not."""
    claims, order = Claims(), []
    inside, leave = threading.Event(), threading.Event()

    def first() -> None:
        with claims.on(["a", "b"]):
            inside.set()
            leave.wait(10)
            order.append("first")

    def second() -> None:
        with claims.on(["b", "c"]):
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    inside.wait(10)
    threads[1].start()
    with claims.on(["d"]):
        order.append("third")
    leave.set()
    for thread in threads:
        thread.join(10)
    assert ["third", "first", "second"] == order
