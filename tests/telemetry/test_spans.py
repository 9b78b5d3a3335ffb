"""A span for each stage, for programs that collect them; nothing for those that do not."""

from __future__ import annotations

import logging
import pickle
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

import seedance_prep as prep
from seedance_prep import telemetry
from seedance_prep.__main__ import status
from seedance_prep.errors import UsageError
from seedance_prep.local import LocalService, Pace

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
EXPORTER = InMemorySpanExporter()
PROMPT = "the surfer @Image1 whispers"


@pytest.fixture(scope="module", autouse=True)
def _provider() -> None:
    """A process has one provider for good: that of this module only adds to it."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(EXPORTER))


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What is collected in a test."""
    EXPORTER.clear()
    yield EXPORTER
    EXPORTER.clear()


def named(spans: InMemorySpanExporter) -> dict[str, list[ReadableSpan]]:
    """Ours by stage, in the order in which they ended."""
    found: dict[str, list[ReadableSpan]] = {}
    for one in spans.get_finished_spans():
        if one.name.startswith("seedance_prep."):
            found.setdefault(one.name.removeprefix("seedance_prep."), []).append(one)
    return found


def test_every_stage(
    spans: InMemorySpanExporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole job has a span for each stage, with plain facts, and none tells a name or prompt."""
    monkeypatch.setenv("SEEDANCE_PREP_HOME", str(tmp_path / "home"))
    source = tmp_path / "My Secret Beach.heic"
    shutil.copy(FIXTURES / "beach.heic", source)
    request = prep.Request(prompt=PROMPT, images=[source], duration=4)
    ready = prep.fix(request, tmp_path / "ready")
    with (
        LocalService(pace=Pace(queued=0, running=0)) as service,
        prep.Client(service.base, key="id:secret") as client,
    ):
        result = client.generate(ready, download=tmp_path / "out.mp4")
    found = named(spans)
    (job,) = found["job"]
    parents = [one.parent for stage in ("upload", "submit", "wait", "download")
               for one in found[stage]]  # fmt: skip
    assert {job.context.span_id} == {one.span_id for one in parents if one}
    stages = {"request", "probe", "check", "plan", "fix", "prove", "upload", "submit", "wait",
              "download"}  # fmt: skip
    assert stages <= set(found)
    assert {"files": 1, "bytes": 33509} == found["probe"][0].attributes
    fixed = found["fix"][0].attributes or {}
    assert ("encoded", "image") == (fixed["action"], fixed["kind"])
    sent = found["submit"][0].attributes or {}
    assert (result.run, result.request_id) == (sent["run"], sent["request_id"])
    told = "".join(one.to_json() for one in spans.get_finished_spans())
    for secret in ("Secret", PROMPT, "id:secret", str(tmp_path), "127.0.0.1", "out.mp4"):
        assert secret not in told


def test_they_belong_together(spans: InMemorySpanExporter, tmp_path: Path) -> None:
    """Stages belong to their request, also in other threads, and that to the caller's span."""
    with trace.get_tracer("a program").start_as_current_span("outer") as outer:
        prep.fix(prep.Request(images=[FIXTURES / "beach.heic"]), tmp_path)
    found = named(spans)
    (request,) = found.pop("request")
    assert request.parent is not None
    assert outer.get_span_context().span_id == request.parent.span_id
    assert {"probe", "check", "plan", "fix", "prove"} <= set(found)
    for one in (span for group in found.values() for span in group):
        assert one.parent is not None
        assert request.context.span_id == one.parent.span_id


def test_of_a_command(spans: InMemorySpanExporter, capsys: pytest.CaptureFixture[str]) -> None:
    """The stages of a call of the command line belong together."""
    assert 0 == status(["check", str(FIXTURES / "photo.jpg"), "-q"])
    assert "" == capsys.readouterr().out
    found = named(spans)
    assert {"command", "probe", "check", "plan"} <= set(found)
    traces = {one.context.trace_id for group in found.values() for one in group}
    assert {found["command"][0].context.trace_id} == traces


def test_errors(spans: InMemorySpanExporter) -> None:
    """A stage that fails says its kind, not the words of the error: they may name a file."""
    with pytest.raises(UsageError), telemetry.span("fix"):
        raise UsageError("/home/me/secret.mov is none")
    (span,) = named(spans)["fix"]
    assert StatusCode.ERROR is span.status.status_code
    assert {"error.type": "usage"} == span.attributes
    assert "secret" not in span.to_json()
    assert () == span.events


def test_readers_that_leave(spans: InMemorySpanExporter) -> None:
    """A stream that nobody reads to its end has not failed; its span ends all the same."""

    def stream() -> Iterator[int]:
        with telemetry.noted("wait"):
            yield 1
            yield 2

    events = stream()
    next(events)
    assert not trace.get_current_span().is_recording()
    events.close()  # type: ignore[attr-defined]
    (span,) = named(spans)["wait"]
    assert StatusCode.UNSET is span.status.status_code


def test_carried(spans: InMemorySpanExporter) -> None:
    """A call that is carried into another thread belongs to the span that it was asked in."""

    def work() -> int:
        with telemetry.span("probe"):
            return threading.get_ident()

    with telemetry.span("request"), ThreadPoolExecutor(1) as pool:
        assert threading.get_ident() != pool.submit(telemetry.carried(work)).result()
    found = named(spans)
    parent = found["probe"][0].parent
    assert parent is not None
    assert found["request"][0].context.span_id == parent.span_id


def test_abroad(spans: InMemorySpanExporter) -> None:
    """A call that was sent to another process belongs to the span that it was sent in."""
    with telemetry.span("request"):
        sent = pickle.dumps(telemetry.abroad(probed))
    assert 7 == pickle.loads(sent)(7)
    found = named(spans)
    parent = found["probe"][0].parent
    assert parent is not None
    assert found["request"][0].context.span_id == parent.span_id
    assert telemetry.abroad(probed) is probed  # nothing to carry outside of a span


def probed(value: int) -> int:
    """Work for another process."""
    with telemetry.span("probe"):
        return value


def test_log(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """The log tells of each stage at INFO, of one that failed at WARNING, under our name."""
    with caplog.at_level(logging.INFO, "seedance_prep"):
        prep.check(prep.Request(images=[FIXTURES / "photo.jpg"]))
        with pytest.raises(UsageError), telemetry.span("fix"):
            raise UsageError("secret")
    lines = [(one.levelname, one.getMessage()) for one in caplog.records
             if one.name == "seedance_prep"]  # fmt: skip
    assert {"INFO", "WARNING"} == {level for level, _ in lines}
    assert ["probe", "check", "plan", "request", "fix"] == [said.split()[0] for _, said in lines]
    assert "failed (usage)" in lines[-1][1]
    assert "photo" not in str(lines)
    assert "secret" not in str(lines)


def test_nothing_of_it_without_a_collector() -> None:
    """A program that collects nothing imports nothing of OpenTelemetry, and says nothing."""
    words = (
        "import sys, seedance_prep as prep\n"
        f"prep.check(prep.Request(images=[{str(FIXTURES / 'photo.jpg')!r}]))\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, check=False, cwd=ROOT, timeout=60
    )
    assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)
