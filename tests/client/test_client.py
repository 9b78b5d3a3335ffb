"""The whole way to a video, over real HTTP, against the local service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from seedance_prep.client import Client
from seedance_prep.core.event import Event
from seedance_prep.core.job import State
from seedance_prep.core.outcome import Ready
from seedance_prep.errors import (
    CostError,
    JobFailedError,
    LostAnswerError,
    MachineError,
    PendingError,
    RefusedError,
    UncertainError,
    UnreachableError,
    UsageError,
)
from seedance_prep.local import ALWAYS, Faults, LocalService, Pace
from seedance_prep.patience import Timeouts
from seedance_prep.sending import Settings
from seedance_prep.submit import fal
from seedance_prep.submit.ledger import Ledger, open_ledger

from ..upload.ready import output, ready
from ..wire.rogue import QUICK, SHORT, closed_port

HASTE = fal.Pace(first=0.01, longest=0.05, silence=5)
SETTINGS = Settings(retry=QUICK, timeouts=SHORT, pace=HASTE)
Serve = Callable[..., tuple[LocalService, Client]]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A fresh one."""
    return open_ledger(tmp_path / "home")


@pytest.fixture
def serve(ledger: Ledger) -> Iterator[Serve]:
    """``serve(Faults(…))``: a local service and a client of it."""
    with ExitStack() as stack:

        def start(
            faults: Faults | None = None, pace: Pace | None = None, settings: Settings = SETTINGS
        ) -> tuple[LocalService, Client]:
            quick = pace or Pace(queued=0, running=0)
            service = stack.enter_context(LocalService(0, faults, quick))
            client = Client(service.base, ledger=ledger, settings=settings)
            return service, stack.enter_context(client)

        yield start


@pytest.fixture
def request_ready(ffmpeg_make: Callable[..., Path]) -> Ready:
    """One picture that the service takes, the shortest and smallest video asked for."""
    picture = ffmpeg_make("beach day.jpg", "-f", "lavfi", "-i", "color=teal:s=400x400",
                          "-frames:v", "1")  # fmt: skip
    return ready([output(picture)], resolution="480p", duration=4, aspect_ratio="1:1")


def posts(service: LocalService) -> int:
    """How many paid requests came in."""
    return sum(service.submissions.values())


def test_a_request_becomes_a_video(
    serve: Serve, ledger: Ledger, request_ready: Ready, tmp_path: Path
) -> None:
    """Upload, submit once, wait, save: events in order, a playable file, and a finished run."""
    service, client = serve()
    told: list[Event] = []
    result = client.generate(request_ready, max_cost=3.00, on_event=told.append)
    saved = result.video.save(tmp_path / "out.mp4")
    kinds = list(dict.fromkeys(event.type.value for event in told))
    steps = ["uploading", "uploaded", "submitted", "done"]
    assert steps == [kind for kind in kinds if kind in steps]
    assert {"queued", "running", "log"} & set(kinds)
    assert b"ftyp" == saved.read_bytes()[4:8]
    assert result.video.file_size == saved.stat().st_size
    assert 1 == posts(service)
    (run,) = ledger.runs()
    assert (State.FINISHED, result.request_id) == (run.state, run.handle and run.handle.request_id)
    assert (str(saved), result.output) == (run.saved, run.result)


def test_the_last_event_names_the_saved_video(
    serve: Serve, request_ready: Ready, tmp_path: Path
) -> None:
    """``done`` carries the service's own output and the path as the caller wrote it."""
    _, client = serve()
    told: list[Event] = []
    target = tmp_path / "out.mp4"
    result = client.generate(request_ready, download=str(target), on_event=told.append)
    assert {
        "request_id": result.request_id,
        "run": result.run,
        "output": result.output,
        "path": str(target),
    } == told[-1].data
    assert target == result.path


def test_upload_gives_arguments_for_any_client(serve: Serve, request_ready: Ready) -> None:
    """A plain dict with the URLs; nothing is submitted."""
    service, client = serve()
    arguments = client.upload(request_ready)
    assert {"prompt", "image_urls", "resolution", "duration", "aspect_ratio"} == set(arguments)
    assert "4" == arguments["duration"]
    assert arguments["image_urls"][0].endswith("/image1.jpg")
    assert 0 == posts(service)


def test_the_same_file_is_uploaded_once(serve: Serve, request_ready: Ready) -> None:
    """A second request finds the bytes in the store; once expired, they are sent again."""
    service, client = serve()
    first = client.upload(request_ready)
    assert first == client.upload(request_ready)
    service.expire(first["image_urls"][0])
    assert first != client.upload(request_ready)


def test_nothing_of_the_user_s_names_goes_out(
    serve: Serve, request_ready: Ready, tmp_path: Path
) -> None:
    """Neither the file's name nor its folder reaches the service."""
    service, client = serve()
    client.submit(request_ready)
    seen = repr(service.received) + repr(list(service.submissions)) + repr(service.uploads)
    assert "beach" not in seen
    assert request_ready.outputs[0].path.parent.name not in seen


@pytest.mark.parametrize("most", [1.2, "1.21", 0])
def test_a_price_above_the_limit_stops_everything(
    serve: Serve, ledger: Ledger, request_ready: Ready, most: Any
) -> None:
    """Before the first upload; exit 1."""
    service, client = serve()
    with pytest.raises(CostError, match=r"may cost \$1\.22") as caught:
        client.generate(request_ready, max_cost=most)
    assert 1 == caught.value.status
    assert () == service.received
    assert () == ledger.runs()


@pytest.mark.parametrize("most", ["a lot", float("nan"), -1])
def test_a_limit_that_is_no_amount_is_a_wrong_call(
    serve: Serve, request_ready: Ready, most: Any
) -> None:
    """Nothing is sent on a guess."""
    service, client = serve()
    with pytest.raises(UsageError, match="max_cost"):
        client.submit(request_ready, max_cost=most)
    assert () == service.received


def test_without_a_prompt_nothing_is_uploaded(serve: Serve, request_ready: Ready) -> None:
    """Known before the first upload."""
    service, client = serve()
    with pytest.raises(UsageError, match="prompt"):
        client.submit(ready(request_ready.outputs, prompt=""))
    assert () == service.received


@pytest.mark.parametrize(
    "faults",
    [
        Faults(submit_dropped_after=ALWAYS),
        Faults(submit_dropped_before=ALWAYS),
        Faults(submit_502_nginx=ALWAYS),
        Faults(submit_504_nginx=ALWAYS),
    ],
)
def test_a_lost_answer_is_never_sent_again(
    serve: Serve, ledger: Ledger, request_ready: Ready, faults: Faults
) -> None:
    """One POST, exit 5, and the run to look it up with."""
    service, client = serve(faults)
    told: list[Event] = []
    with pytest.raises(UncertainError) as caught:
        client.generate(request_ready, on_event=told.append)
    assert 1 == posts(service)
    (run,) = ledger.runs()
    assert (State.UNCERTAIN, caught.value.run) == (run.state, run.id)
    assert ("failed", run.id) == (told[-1].type.value, told[-1].data["run"])


def test_a_late_answer_is_never_sent_again(
    serve: Serve, ledger: Ledger, request_ready: Ready
) -> None:
    """The service was slower than we were patient; the job is found by resume."""
    slow = Faults(submit_late=1, late_seconds=2)
    hasty = Settings(retry=QUICK, timeouts=Timeouts(read=0.5), pace=HASTE)
    service, client = serve(slow, settings=hasty)
    with pytest.raises(UncertainError) as caught:
        client.submit(request_ready)
    assert caught.value.run
    result = client.resume(caught.value.run)
    assert 1 == posts(service)
    assert State.FINISHED is ledger.run(caught.value.run).state
    assert service.jobs[0].request_id == result.request_id


def test_a_job_whose_answer_was_lost_is_found_and_finished(
    serve: Serve, ledger: Ledger, request_ready: Ready, tmp_path: Path
) -> None:
    """Resume finds it in the service's list, follows it and saves its video: one POST in all."""
    service, client = serve(Faults(submit_dropped_after=1))
    with pytest.raises(UncertainError) as caught:
        client.submit(request_ready)
    assert caught.value.run
    result = client.resume(caught.value.run, tmp_path / "out.mp4")
    assert 1 == posts(service)
    assert service.jobs[0].request_id == result.request_id
    assert str(tmp_path / "out.mp4") == ledger.run(caught.value.run).saved


def test_a_job_that_was_never_taken_stays_uncertain(serve: Serve, request_ready: Ready) -> None:
    """The service lists nothing: said so, and not sent again."""
    service, client = serve(Faults(submit_dropped_before=1))
    with pytest.raises(UncertainError) as caught:
        client.submit(request_ready)
    assert caught.value.run
    with pytest.raises(UncertainError, match="does not list"):
        client.resume(caught.value.run)
    assert 1 == posts(service)


@pytest.mark.parametrize(
    ("expected", "faults"),
    [
        ("check FAL_KEY", Faults(submit_401=1)),
        ("fal.ai/dashboard/billing", Faults(submit_403=1)),
        ("as many requests as it may", Faults(submit_429=1)),
        ("the service failed", Faults(submit_500=1)),
        ("found no machine", Faults(submit_503=1)),
        ("did not start or end in time", Faults(submit_504=1)),
        ("a field is missing", Faults(submit_422=1)),
        ("could not read the request", Faults(submit_422_text=1)),
    ],
)
def test_a_clear_no_is_said_in_plain_words(
    serve: Serve, ledger: Ledger, request_ready: Ready, expected: str, faults: Faults
) -> None:
    """One POST, exit 4, nothing pending, and what to do."""
    service, client = serve(faults)
    with pytest.raises(RefusedError) as caught:
        client.submit(request_ready)
    assert expected in str(caught.value)
    assert (1, 4) == (posts(service), caught.value.status)
    assert State.FAILED is ledger.runs()[0].state


@pytest.mark.parametrize(
    ("kind", "expected", "faults"),
    [
        ("runner_server_error", "the model crashed", Faults(job_fails=1)),
        ("file_download_error", "could not download a file", Faults(job_download_error=1)),
        ("content_policy_violation", "takes somebody in it for a real person",
         Faults(job_policy=1)),
        ("bad_request", "could not read the request", Faults(job_422_text=1)),
    ],
)  # fmt: skip
def test_a_job_that_fails_says_why(
    serve: Serve, ledger: Ledger, request_ready: Ready, kind: str, expected: str, faults: Faults
) -> None:
    """COMPLETED is not success: the reason, whether it was charged, the ledger."""
    service, client = serve(faults)
    told: list[Event] = []
    with pytest.raises(JobFailedError) as caught:
        client.generate(request_ready, on_event=told.append)
    assert kind == caught.value.kind
    assert expected in str(caught.value)
    assert ["failed"] == [event.type.value for event in told if event.type.value == "failed"]
    assert State.FAILED is ledger.runs()[0].state
    assert 1 == posts(service)


@pytest.mark.parametrize(
    "faults",
    [
        Faults(stream_broken=1, status_502_nginx=2),
        Faults(stream_broken=1, status_dropped=1, status_429=1),
        Faults(result_502_nginx=2, result_dropped=0),
        Faults(media_cut=1),
        Faults(media_502_nginx=1),
    ],
)
def test_trouble_after_the_submit_is_got_over(
    serve: Serve, request_ready: Ready, faults: Faults, tmp_path: Path
) -> None:
    """Status, result and media are asked again; the paid request is not."""
    service, client = serve(faults)
    result = client.generate(request_ready, download=tmp_path / "out.mp4")
    assert result.path
    assert result.video.file_size == result.path.stat().st_size
    assert ["out.mp4"] == [one.name for one in tmp_path.iterdir() if one.is_file()]
    assert 1 == posts(service)


def test_out_of_time_a_job_is_taken_up_later(
    serve: Serve, ledger: Ledger, request_ready: Ready
) -> None:
    """Exit 5; the job goes on, can be followed, and is cancelled by another client."""
    service, client = serve(Faults(job_never_ends=1), Pace(queued=0, running=60))
    with pytest.raises(PendingError) as caught:
        client.generate(request_ready, timeout=0.5)
    run = caught.value.run
    assert run
    assert State.SUBMITTED is ledger.run(run).state
    with Client.of_run(run, ledger=ledger) as other:
        assert "was cancelled" in other.cancel(run)
        with pytest.raises(JobFailedError, match="cancelled"):
            other.resume(run)
    assert State.CANCELLED is ledger.run(run).state
    assert 1 == posts(service)


def test_a_job_is_found_by_its_id_alone(serve: Serve, request_ready: Ready, tmp_path: Path) -> None:
    """From the ledger, or without one by fal's form of the URLs; any process, any time."""
    service, client = serve()
    job = client.submit(request_ready)
    with Client(service.base, ledger=tmp_path / "other", settings=SETTINGS) as stranger:
        found = stranger.job(job.request_id)
        assert found.run is None
        assert job.result().video.url == found.result().video.url
    again = client.job(job.request_id)
    assert (job.run, "COMPLETED") == (again.run, again.status(logs=True).state)
    assert again.status(logs=True).logs


def test_a_finished_run_is_resumed_without_asking(
    serve: Serve, ledger: Ledger, request_ready: Ready, tmp_path: Path
) -> None:
    """The output is in the ledger; only the media are fetched."""
    service, client = serve()
    run = client.generate(request_ready).run
    assert run
    before = len(service.received)
    client.resume(run, tmp_path / "out.mp4")
    assert 1 == len(service.received) - before
    assert "had ended before" in client.cancel(run)


def test_a_failed_upload_leaves_nothing_pending(
    serve: Serve, ledger: Ledger, request_ready: Ready
) -> None:
    """Nothing was submitted, and the ledger says so."""
    service, client = serve(Faults(upload_500=ALWAYS))
    with pytest.raises(RefusedError, match="upload of @Image1"):
        client.generate(request_ready)
    (run,) = ledger.runs()
    assert State.FAILED is run.state
    assert "nothing was submitted" in str(run.error)
    assert 0 == posts(service)


def test_a_service_that_is_not_there_is_unreachable(ledger: Ledger, request_ready: Ready) -> None:
    """Exit 4, nothing pending."""
    nobody = Client(closed_port(), ledger=ledger, settings=SETTINGS)
    with nobody as client, pytest.raises(UnreachableError) as caught:
        client.generate(request_ready)
    assert 4 == caught.value.status


def test_without_a_ledger_nothing_is_sent(
    serve: Serve, request_ready: Ready, tmp_path: Path
) -> None:
    """What cannot be written down must not cost money."""
    service, _ = serve()
    (tmp_path / "file").write_bytes(b"")
    with Client(service.base, ledger=tmp_path / "file") as client, pytest.raises(MachineError):
        client.generate(request_ready)
    assert () == service.received


def test_a_report_with_errors_cannot_be_sent(serve: Serve) -> None:
    """Only what fix returns."""
    _, client = serve()
    with pytest.raises(UsageError, match="fix"):
        client.submit("ready/")  # type: ignore[arg-type]


def test_a_run_of_another_service_is_not_asked_about_here(
    serve: Serve, request_ready: Ready
) -> None:
    """Its id means nothing here."""
    _, one = serve()
    _, two = serve()
    job = one.submit(request_ready)
    assert job.run
    with pytest.raises(UsageError, match="not to this service"):
        two.resume(job.run)


def test_the_local_service_is_started_and_ended(ledger: Ledger, request_ready: Ready) -> None:
    """``service="local"`` needs no key; after the close nobody listens, and of_run says so."""
    with Client("local", ledger=ledger, settings=SETTINGS) as client:
        job = client.submit(request_ready)
        assert job.status().state in fal.STATES
    assert job.run
    assert "local" == ledger.run(job.run).service
    with pytest.raises(UnreachableError, match="local service"):
        Client.of_run(job.run, ledger=ledger)
    with pytest.raises(UnreachableError):
        job.status()


def test_a_hiccup_of_the_result_is_no_failed_job(
    serve: Serve, ledger: Ledger, request_ready: Ready
) -> None:
    """A paid video is not given up for one 500 on its result."""
    service, client = serve(Faults(result_500=1))
    assert client.generate(request_ready).video.url
    assert (1, State.FINISHED) == (posts(service), ledger.runs()[0].state)


def test_a_result_that_stays_away_is_no_failed_job(
    serve: Serve, ledger: Ledger, request_ready: Ready
) -> None:
    """The status named no error, so the video was made: it waits, whatever the result answers."""
    _, client = serve(Faults(result_500=ALWAYS))
    with pytest.raises(PendingError, match="resume"):
        client.generate(request_ready)
    assert State.SUBMITTED is ledger.runs()[0].state


def test_an_upload_that_does_not_get_through_names_its_file(
    serve: Serve, request_ready: Ready
) -> None:
    """Which file it was, and what to do, however the connection ends."""
    _, client = serve(Faults(upload_cut=ALWAYS))
    with pytest.raises(LostAnswerError, match="the upload of @Image1 did not get through"):
        client.upload(request_ready)
    _, client = serve(Faults(upload_502_nginx=ALWAYS))
    with pytest.raises(RefusedError, match=r"upload of @Image1 \(502\): .* run it again later"):
        client.upload(request_ready)


def test_a_cancellation_without_an_answer_leaves_the_job_pending(
    serve: Serve, request_ready: Ready
) -> None:
    """The job may go on, so this is status 5, not 4."""
    _, client = serve(Faults(cancel_dropped=ALWAYS, job_never_ends=1))
    job = client.submit(request_ready)
    assert job.run
    with pytest.raises(PendingError, match=f"seedance-prep resume {job.run}") as caught:
        client.cancel(job.run)
    assert 5 == caught.value.status
