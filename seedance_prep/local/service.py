"""The service itself: start, stop, and look at what came in."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import TracebackType

from ..errors import MachineError
from .answers import Outcome
from .call import Call
from .faults import Faults, Mischief
from .house import House, Received, Record
from .jobs import Job, Pace, Queue
from .routes import dispatch
from .store import Store, Stored
from .webhook import Herald
from .wire import Server
from .work import Studio

STORE_BOUND = 2_000_000_000
"""Bytes that all stored files may have together."""


class LocalService:
    """fal's storage, queue and platform protocol on one plain-http base on loopback.

    Use it as a context manager, or ``start`` and ``stop`` it. A stopped one is not started
    again. What came in can be read at any time, also after the stop.
    """

    def __init__(
        self,
        port: int = 0,
        faults: Faults | None = None,
        pace: Pace | None = None,
        store_bound: int = STORE_BOUND,
    ) -> None:
        """``port`` 0 takes a free one; ``store_bound`` in bytes. Nothing is bound yet."""
        self._port = port
        self._mischief = Mischief(faults or Faults())
        self._pace = pace or Pace()
        self._store_bound = store_bound
        self._record = Record()
        self._stopping = threading.Event()
        self._house: House | None = None
        self._server: Server | None = None

    def start(self) -> LocalService:
        """Serve in the background; raises ``MachineError`` when the port is taken."""
        try:
            self._server = Server(self._port, self)
        except (OSError, OverflowError) as error:
            raise MachineError(f"port {self._port} on 127.0.0.1 cannot be had: {error}") from error
        self._port = self._server.server_address[1]
        self._house = self._furnish()
        threading.Thread(target=self._server.serve_forever, args=(0.02,)).start()
        return self

    def stop(self) -> None:
        """End all connections and jobs and remove all files; harmless when it does not run."""
        if self._house is None or self._server is None or self._stopping.is_set():
            return
        self._stopping.set()
        self._house.herald.stop()
        self._house.queue.stop()
        self._server.shutdown()
        self._server.server_close()
        self._house.queue.close()
        self._house.store.close()

    def __enter__(self) -> LocalService:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def base(self) -> str:
        """``http://127.0.0.1:PORT``; the port is known once the service has started."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def submissions(self) -> dict[str, int]:
        """How many submit POSTs of each content arrived, by the content as canonical JSON."""
        return self._record.submissions()

    @property
    def received(self) -> tuple[Received, ...]:
        """Every request that came in, oldest first, without credentials."""
        return self._record.received()

    @property
    def uploads(self) -> tuple[Stored, ...]:
        """Every file held now: uploads, and the videos made."""
        return self._house.store.files() if self._house else ()

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Every job that was accepted, oldest first."""
        return self._house.queue.all() if self._house else ()

    def misbehave(self, faults: Faults | None = None) -> None:
        """From now on these faults are due, and no others."""
        self._mischief.begin(faults or Faults())

    def expire(self, url: str) -> None:
        """Forget the file at this URL, as if its time had passed."""
        if self._house:
            self._house.store.expire(url)

    def handle(self, call: Call) -> Outcome:
        """Answer one request (called by the server's threads)."""
        assert self._house is not None
        self._record.note(call)
        return dispatch(self._house, call)

    def slowness(self) -> float:
        """Seconds that the body of the next answer is spread over."""
        return self._mischief.faults.slow_seconds if self._mischief.take("slow") else 0.0

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than the service runs."""
        self._stopping.wait(seconds)

    def _furnish(self) -> House:
        store, herald = Store(self._store_bound), Herald()
        studio = Studio(store, self._mischief, self.base)

        def tell(job: Job) -> None:
            if not self._mischief.take("webhook_lost"):
                herald.tell(job, forged=self._mischief.take("webhook_forged"))

        queue = Queue(self._pace, lambda job: studio.work(job, queue), tell)
        return House(
            base=self.base,
            store=store,
            queue=queue,
            mischief=self._mischief,
            herald=herald,
            record=self._record,
            stopping=self._stopping,
            tokens=set(),
        )


def run(
    port: int = 0,
    faults: Faults | None = None,
    on_ready: Callable[[str], None] | None = None,
    pace: Pace | None = None,
) -> None:
    """Serve in the foreground until interrupted; ``on_ready`` receives the base once it listens.

    Raises ``MachineError`` when the port is taken. ``KeyboardInterrupt`` ends it and passes on;
    so does SIGTERM, as ``SystemExit``: either way the stored files are removed. Call it on the
    main thread.
    """
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        with LocalService(port, faults, pace) as service:
            if on_ready:
                on_ready(service.base)
            threading.Event().wait()
    finally:
        signal.signal(signal.SIGTERM, before)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)
