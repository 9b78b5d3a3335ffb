"""Work beside the answers: in threads of its own, and ended when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextvars import Context

from ..core.media import Media
from ..core.plan import Want
from ..core.survey import Survey
from ..errors import StoppedError
from ..patience import Stop, stopping
from ..process import Leash, leash
from ..survey import survey

SURVEYS_MAX = 500
"""Answers that are remembered: a window that is dragged asks anew at every step."""


class Task:
    """A thread whose children and waits end when it is stopped."""

    def __init__(self, work: Callable[[Task], None]) -> None:
        """Start at once; ``work`` gets this task."""
        self._leash, self._stop = Leash(), Stop()
        self._thread = threading.Thread(target=Context().run, args=(self._run, work), daemon=True)
        self._thread.start()

    def _run(self, work: Callable[[Task], None]) -> None:
        leash.set(self._leash)
        stopping.set(self._stop)
        work(self)

    @property
    def stopped(self) -> bool:
        """Whether it was told to end."""
        return self._stop.is_set()

    @property
    def alive(self) -> bool:
        """Whether it still works."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Tell it to end; what it has sent stays sent."""
        self._stop.set()
        self._leash.pull()

    def join(self, seconds: float | None = None) -> None:
        """Wait for its end."""
        self._thread.join(seconds)

    def check(self) -> None:
        """Raise ``StoppedError`` when it was told to end."""
        if self.stopped:
            raise StoppedError("stopped")


Key = tuple[object, ...]
Question = tuple[Media, Want]


class Memory:
    """What was seen in the files before, so that a plan can be made anew without looking again."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._known: dict[Key, Survey] = {}
        self._lock = threading.Lock()

    def ask(self, media: Media, want: Want) -> Survey:
        """What there is to see; looks, if it was not seen before."""
        key = _key(media, want)
        found = self._known.get(key)
        if found is None:
            found = survey(media, want)
            self._keep(key, found)
        return found

    def give_up(self, missed: Iterable[Question]) -> None:
        """What cannot be seen is not looked for again."""
        for media, want in missed:
            self._keep(_key(media, want), Survey())

    def _keep(self, key: Key, found: Survey) -> None:
        with self._lock:
            while len(self._known) >= SURVEYS_MAX:
                del self._known[next(iter(self._known))]
            self._known[key] = found

    def recall(self, missed: list[Question]) -> Callable[[Media, Want], Survey]:
        """The same from memory alone; what is not known goes into ``missed``."""

        def tell(media: Media, want: Want) -> Survey:
            found = self._known.get(_key(media, want))
            if found is None:
                missed.append((media, want))
                return Survey()
            return found

        return tell


def _key(media: Media, want: Want) -> Key:
    return media.path, media.stamp, media.kind, want.marks, want.look
