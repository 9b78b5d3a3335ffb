"""What happens to the desk: files come and are read, wishes change, all is judged anew."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ..choices import Options
from ..core.event import drain
from ..core.media import Fault, Media, Problem
from ..core.refs import numbered
from ..core.request import Asset, Request
from ..core.units import megabytes
from ..errors import MachineError, PrepError
from ..hashing import hashed
from ..judging import foreseen, judging
from ..process import Leash, leash
from ..reader import read, ready
from . import desk as wishes
from .desk import PIECES_MAX, Desk, Piece
from .follow import Called, called, followed
from .refusal import Refusal
from .store import Store
from .stream import Hub
from .telling import Judged, desk_document, weighed_document
from .work import Memory, Question, Task

READERS = 2
"""Files that are read at a time."""
FILE_MAX = 2 << 30
"""Bytes that one file may have, as of standard input."""


class Bench:
    """The one desk of a studio. Safe with threads."""

    def __init__(self, store: Store, hub: Hub, service: str | None = None) -> None:
        """Take up the desk as it was left; whole files are read again, the rest is told."""
        self.store, self.hub = store, hub
        self.services = tuple(dict.fromkeys(one for one in ("fal", "local", service) if one))
        self.memory = Memory()
        self.lock = threading.RLock()
        self.version = 1
        self._turn = 0
        """Counts what judging depends on."""
        self._called: Mapping[str, Called] | None = None
        """What the prompt may call each file, by what was last read."""
        self._judged: tuple[int, Judged] | None = None
        self._judging = threading.Lock()
        self._closer: Task | None = None
        self._leash, self._closed = Leash(), False
        self._readers = ThreadPoolExecutor(
            READERS, "studio-reader", initializer=leash.set, initargs=(self._leash,)
        )
        self.desk = self._taken_up(store.load(), service)
        ready()
        for piece in self.desk.pieces:
            if piece.media is None:
                self._readers.submit(self._read, piece.id)

    def _taken_up(self, desk: Desk, service: str | None) -> Desk:
        if service or desk.service not in self.services:
            desk = replace(desk, service=service or self.services[0])
        pieces = tuple(one if one.whole else broken(one) for one in desk.pieces)
        return replace(desk, pieces=pieces)

    def close(self) -> None:
        """End the work on it; the desk is kept."""
        with self.lock:
            self._closed = True
        self._leash.pull()
        self._readers.shutdown(cancel_futures=True)
        if self._closer:
            self._closer.stop()
            self._closer.join(5)
        self.store.close()

    # Changes --------------------------------------------------------------------------------------

    def change(self, changed: Callable[[Desk], Desk], *, judge: bool = True) -> None:
        """Put the desk that ``changed`` makes of this one in its place, on disk, too.

        ``judge``: verdicts may depend on it. Raises what ``changed`` raises; then nothing changes.
        """
        with self.lock:
            desk = changed(self.desk)
            self.store.save(desk)
            self.desk = desk
            self.touched(judge=judge)

    def touched(self, *, judge: bool = True) -> None:
        """Tell the pages that something is new; ``judge``: what the verdicts depend on, too."""
        with self.lock:
            self._follow()
            self._turn += judge
            self.version += 1
            version = self.version
        self.hub.tell("desk", {"version": version})

    def _follow(self) -> None:
        """Let the prompt name the files as they are numbered and called now."""
        now, prompt = called(self.desk), self.desk.request.prompt
        if now is None:
            return
        before, self._called = self._called, now
        words = followed(prompt, before, now) if before and prompt else prompt
        if words != prompt:
            self.desk = replace(self.desk, request=replace(self.desk.request, prompt=words))
            self.store.save(self.desk)

    def ask(self, patch: Mapping[str, object]) -> None:
        """Other wishes for the request. Raises ``UsageError``."""
        judge = set(patch) != {"service"}  # where it goes makes no verdict and no fix another
        self.change(lambda desk: wishes.asked(desk, patch, self.services), judge=judge)

    def wish(self, known: str, patch: Mapping[str, object]) -> None:
        """Other wishes for a file. Raises ``UsageError``, ``Refusal``."""
        again = False

        def changed(desk: Desk) -> Desk:
            nonlocal again
            piece = desk.piece(known)
            asset = wishes.wished(piece.asset, patch)
            again = asset.kind != piece.asset.kind and piece.whole
            media = None if again else piece.media and replace(piece.media, asset=asset)
            return wishes.distinct(desk.with_piece(replace(piece, asset=asset, media=media)))

        self.change(changed)
        if again:
            self._readers.submit(self._read, known)

    def order(self, ids: Sequence[str]) -> None:
        """Another order. Raises ``UsageError``."""
        self.change(lambda desk: desk.ordered(ids))

    def remove(self, known: str) -> None:
        """Take a file off the desk and off the disk. Raises ``Refusal``."""
        with self.lock:
            self.desk.piece(known)
            self.change(lambda desk: desk.without(known))
        self.store.remove(known)

    def clear(self) -> None:
        """An empty desk: files and prompt go, service and trust stay."""
        with self.lock:
            gone = [one.id for one in self.desk.pieces]
            request = Request(endpoint=self.desk.request.endpoint)
            self.change(lambda desk: replace(desk, pieces=(), request=request))
        for known in gone:
            self.store.remove(known)

    # Files that arrive ----------------------------------------------------------------------------

    def expect(self, name: str, count: int) -> str:
        """A place for a file of so many bytes; gives its id.

        Raises ``Refusal`` for one too many or too large, ``MachineError`` without room.
        """
        if count > FILE_MAX:
            raise Refusal(
                413,
                f"{wishes.own_name(name)} has {megabytes(count)}; the studio takes files up to"
                f" {megabytes(FILE_MAX)}. Cut it first, or use `seedance-prep fix` on it",
            )
        self.store.need_room(count)
        piece = Piece(
            id=secrets.token_hex(8), asset=Asset(wishes.own_name(name)), bytes=count, received=0
        )

        def changed(desk: Desk) -> Desk:
            if len(desk.pieces) >= PIECES_MAX:
                raise Refusal(409, f"the desk holds {PIECES_MAX} files; take some away first")
            return replace(desk, pieces=(*desk.pieces, piece))

        self.change(changed)
        return piece.id

    def arriving(self, known: str, received: int, *, tell: bool) -> bool:
        """So many bytes are here; whether the file is still wanted."""
        with self.lock, suppress(Refusal):
            piece = self.desk.piece(known)
            self.desk = self.desk.with_piece(
                replace(piece, received=min(received, piece.bytes - 1))
            )
            if tell:
                told = {"id": known, "received": received, "bytes": piece.bytes}
                self.hub.tell("progress", {"what": "upload", **told})
            return True
        return False

    def begun(self, known: str, head: bytes) -> None:
        """The first bytes are here: they tell the format, or that it is none, before the rest."""
        from ..probe.sniff import HEAD, sniff

        seen = sniff(head[:HEAD])
        with self.lock, suppress(Refusal):
            piece = replace(
                self.desk.piece(known), looks=(seen.says or seen.container) if seen else None
            )
            self.desk = self.desk.with_piece(piece)
            self.touched(judge=False)

    def arrived(self, known: str, digest: str) -> None:
        """All bytes are here, in the draft; it is read next."""
        with self.lock:
            piece = self.desk.piece(known)
            self.store.draft(known).replace(self.store.place(piece))
            self.desk = self.desk.with_piece(replace(piece, received=piece.bytes))
            self.touched()
        self._readers.submit(self._read, known, digest)

    def broke_off(self, known: str) -> None:
        """No more of it will come: it keeps its place, so that it can be dropped again."""
        self.store.remove(known)
        with self.lock, suppress(Refusal):
            self.desk = self.desk.with_piece(broken(self.desk.piece(known)))
            self.touched()

    def _read(self, known: str, digest: str | None = None) -> None:
        try:
            piece = self.desk.piece(known)
        except Refusal:  # taken away meanwhile
            return
        media = self._facts(piece, digest)
        with self.lock, suppress(Refusal):
            if self._closed:  # the reader was ended, which says nothing of the file
                return
            now = self.desk.piece(known)
            if now.asset.kind != piece.asset.kind:  # changed meanwhile: it is read once more
                return
            media = replace(media, asset=now.asset)
            self.desk = self.desk.with_piece(replace(now, media=media))
        self.touched()

    def _facts(self, piece: Piece, digest: str | None) -> Media:
        path = self.store.place(piece)
        try:
            media = read(piece.asset, path)
            return replace(media, sha256=digest) if digest else hashed(media)
        except (MachineError, OSError) as error:
            says = f"cannot be read here: {error}" if isinstance(error, PrepError) else "is gone"
            problem = Problem(fault=Fault.MISSING, says=says)
            return Media(asset=piece.asset, kind=piece.asset.kind, path=path, problem=problem)

    # Verdicts -------------------------------------------------------------------------------------

    @property
    def options(self) -> Options:
        """How far a fix may go."""
        return Options(allow=self.desk.allow, mend=self.desk.mend)

    def document(self) -> dict[str, Any]:
        """The desk for the page."""
        with self.lock:
            version = self.version
        judged = self.judged()
        document = desk_document(judged) | {"version": version, "service": self.desk.service}
        with self.lock:  # bytes come faster than verdicts
            now = {one.id: one for one in self.desk.pieces}
        for one in document["assets"]:
            if piece := now.get(one["id"]):
                one |= {"received": piece.received, "looks": piece.looks}
        return document

    def judged(self) -> Judged:
        """The desk, judged: at most once for each change."""
        with self._judging:
            with self.lock:
                turn, desk = self._turn, self.desk
            if self._judged is None or self._judged[0] != turn:
                self._judged = turn, self._judge(desk, closer=True)
            return self._judged[1]

    def weigh(self, windows: Mapping[str, object]) -> dict[str, Any]:
        """What the desk would come to with other windows; nothing is kept, no file is read.

        Raises ``UsageError`` for a window that is none, ``Refusal`` for a file that is not there.
        """
        with self.lock:
            desk = self.desk
        for known, value in windows.items():
            piece = desk.piece(known)
            asset = replace(piece.asset, **wishes.window(value))
            media = piece.media and replace(piece.media, asset=asset)
            desk = desk.with_piece(replace(piece, asset=asset, media=media))
        return weighed_document(self._judge(desk, closer=False))

    def _judge(self, desk: Desk, *, closer: bool) -> Judged:
        missed: list[Question] = []
        options = Options(allow=desk.allow, mend=desk.mend)
        flow = judging(desk.asked, media_of(desk), options, look=True,
                       surveyor=self.memory.recall(missed), explain=closer)  # fmt: skip
        report = foreseen(drain(flow))
        if missed and closer:
            self._look_closer(desk, options, missed)
        return Judged(desk=desk, report=report, looking=bool(missed))

    def _look_closer(self, desk: Desk, options: Options, missed: Sequence[Question]) -> None:
        """Look for what the plan asked, then judge anew; only for the desk as it is."""
        if self._closer:
            self._closer.stop()

        def work(task: Task) -> None:
            try:
                drain(judging(desk.asked, media_of(desk), options, look=True,
                              surveyor=self.memory.ask))  # fmt: skip
            except PrepError:  # what cannot be seen is left as it was planned
                if not task.stopped:
                    self.memory.give_up(missed)
            if not task.stopped:
                self.touched()

        self._closer = Task(work)


def media_of(desk: Desk) -> tuple[Media, ...]:
    """What was read of the desk's files, numbered."""
    return numbered(one.media for one in desk.readable if one.media is not None)


def broken(piece: Piece) -> Piece:
    """A file of which a part never came."""
    says = f"did not arrive whole ({megabytes(piece.received)} of {megabytes(piece.bytes)})"
    problem = Problem(fault=Fault.MISSING, says=says, remedy="drop it again")
    return replace(piece, media=Media(asset=piece.asset, kind=piece.asset.kind, problem=problem))
