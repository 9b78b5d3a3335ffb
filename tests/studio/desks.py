"""A real studio in the background, and plain HTTP to it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from seedance_prep.studio.serving import studio

PATIENCE = 60.0


@dataclass(frozen=True)
class Caller:
    """What a page does, with the token in a header."""

    http: httpx.Client
    token: str
    home: Path

    @property
    def base(self) -> str:
        return str(self.http.base_url).rstrip("/")

    def desk(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get("/api/desk").json()
        return found

    def drop(self, path: Path, name: str | None = None) -> str:
        """A file is dropped; its id."""
        answer = self.http.put(
            "/api/files", params={"name": name or path.name}, content=path.read_bytes()
        )
        assert 201 == answer.status_code, answer.text
        return str(answer.json()["id"])

    def dropped(self, *paths: Path) -> list[dict[str, Any]]:
        """Files that were dropped, as soon as all are judged."""
        for path in paths:
            self.drop(path)
        return self.settled()["assets"]  # type: ignore[no-any-return]

    def settled(self) -> dict[str, Any]:
        """The desk once every file is judged, and nothing is looked at any more."""
        busy = {"uploading", "reading"}
        return self.when(
            lambda desk: not desk["looking"] and all(x["state"] not in busy for x in desk["assets"])
        )

    def fixed(self) -> dict[str, Any]:
        """The desk after a fix."""
        assert 202 == self.http.post("/api/fix", json={}).status_code
        return self.when(lambda desk: desk["fix"]["state"] != "running")

    def generated(self, **asked: Any) -> dict[str, Any]:
        """The desk after a run that was begun."""
        answer = self.http.post("/api/generate", json={"yes": True, "max_cost": 9} | asked)
        assert 202 == answer.status_code, answer.text
        return self.followed()

    def followed(self) -> dict[str, Any]:
        busy = {"uploading", "submitted", "queued", "running"}
        return self.when(lambda desk: desk["run"]["state"] not in busy)

    def when(self, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The desk as soon as something holds of it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            desk = self.desk()
            if done(desk):
                return desk
            time.sleep(0.03)
        raise AssertionError(json.dumps(self.desk())[:2000])


@contextmanager
def opened(folder: Path, **options: Any) -> Iterator[Caller]:
    """A studio whose desk is in ``folder``."""
    with studio(folder=folder, **options) as address:
        base, token = address.split("/?token=")
        headers = {"X-Studio-Token": token}
        with httpx.Client(base_url=base, headers=headers, timeout=30) as http:
            yield Caller(http, token, folder)
