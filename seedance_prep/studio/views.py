"""Pictures and waveforms for the page: made when they are asked for, and remembered."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from ..core.media import AudioFacts, Facts, ImageFacts, Media, VideoFacts
from ..process import Leash, leash

AT_ONCE = 2
"""Pictures that are made at a time."""
KEPT = 300
"""Pictures that are remembered: some 20 MB."""
FRAMES_MAX = 40
POINTS_MAX = 2000
FILM_BYTES = 150_000
SIDE_BYTES = 120_000
CLOSE_SIDE, CLOSE_BYTES = 4096, 1_500_000
"""Of a frame that is shown pixel for pixel."""

Key = tuple[object, ...]


class Gallery:
    """Makes each picture once. Safe with threads."""

    def __init__(self) -> None:
        """Nothing is made yet."""
        self._made: OrderedDict[Key, bytes | None] = OrderedDict()
        self._lock, self._turns = threading.Lock(), threading.Semaphore(AT_ONCE)
        self._leash = Leash()

    def close(self) -> None:
        """End whatever is being made."""
        self._leash.pull()

    def thumb(self, media: Media) -> bytes | None:
        """A still, or the frame in the middle of a clip; none of a sound."""
        length = getattr(media.facts, "duration", None) or 0.0
        return self.shot(media.facts, media.path, media.stamp, length / 2)

    def shot(
        self,
        facts: Facts | None,
        path: Path | None,
        stamp: Key | None,
        at: float,
        *,
        close: bool = False,
    ) -> bytes | None:
        """What is seen at ``at`` seconds, as a JPEG; ``close``: pixel for pixel.

        Of a still, that is its centre.
        """
        if path is None or not isinstance(facts, ImageFacts | VideoFacts):
            return None
        key = ("shot", path, stamp, round(at, 3), close)
        return self._once(key, lambda: _shot(facts, path, at, close=close))

    def strip(self, media: Media, count: int) -> bytes | None:
        """So many frames of the whole clip side by side, as a JPEG."""
        facts, path = media.facts, media.path
        if path is None or not isinstance(facts, VideoFacts):
            return None
        return self._once(("strip", path, media.stamp, count), lambda: _strip(facts, path, count))

    def wave(self, media: Media, points: int) -> tuple[float, ...]:
        """How loud it is from start to end, 0 to 1; none of what is silent."""
        from ..survey.album import heights

        facts, path = media.facts, media.path
        if path is None or not isinstance(facts, VideoFacts | AudioFacts):
            return ()
        with self._turns:
            leash.set(self._leash)
            return heights(facts, path, points)

    def _once(self, key: Key, make: Callable[[], bytes | None]) -> bytes | None:
        with self._turns:
            with self._lock:
                if key in self._made:
                    self._made.move_to_end(key)
                    return self._made[key]
            leash.set(self._leash)
            made = make()
            with self._lock:
                self._made[key] = made
                while len(self._made) > KEPT:
                    self._made.popitem(last=False)
            return made


def _shot(facts: ImageFacts | VideoFacts, path: Path, at: float, *, close: bool) -> bytes | None:
    from ..survey.album import SIDE, jpeg, stills
    from ..survey.frames import frames

    if isinstance(facts, ImageFacts):
        found = stills(facts, path)
        return ((close and found[2]) or found[1]) if found else None
    side = CLOSE_SIDE if close else SIDE
    pictures = frames(facts, path, [max(0.0, at)], side) or frames(facts, path, [0.0], side)
    return jpeg(pictures[0], CLOSE_BYTES if close else SIDE_BYTES) if pictures else None


def _strip(facts: VideoFacts, path: Path, count: int) -> bytes | None:
    from ..survey.album import film, jpeg, strip

    tiles = [one for _, one in film(facts, path, count)]
    return jpeg(strip(tiles, count), FILM_BYTES) if tiles else None
