"""Each way to misbehave, shown; and how it is asked for."""

from __future__ import annotations

import time
from dataclasses import fields

import httpx
import pytest

from seedance_prep.errors import UsageError
from seedance_prep.local import ALWAYS, KINDS, Faults, Pace, parse_faults
from seedance_prep.local.faults import Mischief

from .conftest import ENDPOINT, Caller, Media, Serve

LONG = Pace(queued=60, running=60)
WRONG = {"prompt": "x", "duration": "3"}
TEXT_ONLY = {"prompt": "x", "duration": "4", "resolution": "480p"}


def test_faults_are_read_from_words() -> None:
    """``NAME`` is always, ``NAME=N`` the first N times; dashes or underscores; seconds as such."""
    given = ["submit-dropped-after=2", "slow", "late-seconds=0.5", "media_cut=1"]
    expected = Faults(submit_dropped_after=2, slow=ALWAYS, late_seconds=0.5, media_cut=1)
    assert expected == parse_faults(given)
    assert Faults() == parse_faults([])


@pytest.mark.parametrize("text", ["nonsense", "slow=x", "slow=-1", "late-seconds", "slow="])
def test_a_fault_that_makes_no_sense_is_refused(text: str) -> None:
    """An unknown name, or a number that is none, is an error of the caller."""
    with pytest.raises(UsageError, match="fault"):
        parse_faults([text])


def names(place: str) -> list[str]:
    """The plain HTTP faults of one place."""
    found = [one.name.removeprefix(f"{place}_") for one in fields(Faults)]
    return [name for name in found if name[:3].isdecimal() and name != "422"]


@pytest.mark.parametrize("name", names("submit"))
def test_a_submit_can_be_refused_once(serve: Serve, name: str) -> None:
    """The first POST is answered with the fault and makes no job, the second is taken."""
    caller = serve(Faults(**{f"submit_{name}": 1}), LONG)
    first, second = caller.submit(TEXT_ONLY), caller.submit(TEXT_ONLY)
    assert (int(name[:3]), 200) == (first.status_code, second.status_code)
    assert 1 == len(caller.service.jobs)
    assert [2] == list(caller.service.submissions.values())
    assert ("nginx" in first.text) == name.endswith("nginx")
    assert "x-fal-request-id" not in first.headers or not name.endswith("nginx")


def test_refusals_carry_the_headers_that_a_client_reads(serve: Serve) -> None:
    """429 says when to come again, platform errors repeat their word, the deadline its owner."""
    caller = serve(Faults(submit_429=1, submit_503=1, submit_504_deadline=1), LONG)
    found = [caller.submit(TEXT_ONLY) for _ in range(3)]
    by_status = {answer.status_code: answer for answer in found}
    assert "1" == by_status[429].headers["retry-after"]
    for answer in found:
        assert answer.json()["error_type"] == answer.headers["x-fal-error-type"]
    assert "user" == by_status[504].headers["x-fal-request-timeout-type"]


def test_platform_errors_have_a_request_id(serve: Serve) -> None:
    """What the service itself answers carries ``x-fal-request-id``; a proxy's page does not."""
    caller = serve(Faults(submit_502=1, submit_502_nginx=1), LONG)
    found = [caller.submit(TEXT_ONLY) for _ in range(2)]
    told = {"nginx" in answer.text: "x-fal-request-id" in answer.headers for answer in found}
    assert {False: True, True: False} == told


def test_a_submit_can_be_refused_like_a_validation(serve: Serve) -> None:
    """The 422 with a list comes at once and makes no job."""
    caller = serve(Faults(submit_422=1))
    answer = caller.submit(TEXT_ONLY)
    assert (422, "missing") == (answer.status_code, answer.json()["detail"][0]["type"])
    assert () == caller.service.jobs


@pytest.mark.parametrize(("name", "jobs"), [("dropped_after", 1), ("dropped_before", 0)])
def test_a_submit_can_be_dropped(serve: Serve, name: str, jobs: int) -> None:
    """The connection ends without an answer; the job is there, or it is not."""
    caller = serve(Faults(**{f"submit_{name}": 1}), LONG)
    with pytest.raises(httpx.RemoteProtocolError):
        caller.submit(TEXT_ONLY)
    assert jobs == len(caller.service.jobs)
    assert [1] == list(caller.service.submissions.values())


def test_a_submit_can_be_answered_late(serve: Serve) -> None:
    """The job is there long before its answer."""
    caller = serve(Faults(submit_late=1, late_seconds=30), LONG)
    with pytest.raises(httpx.ReadTimeout):
        caller.submit(TEXT_ONLY, timeout=0.1)
    assert 1 == len(caller.service.jobs)


PLACES = [
    ("status", "status_url", "_429"),
    ("status", "status_url", "_500"),
    ("status", "status_url", "_502_nginx"),
    ("result", "response_url", "_500"),
    ("result", "response_url", "_502_nginx"),
]


@pytest.mark.parametrize(("place", "url", "name"), PLACES)
def test_polling_can_fail_once(serve: Serve, place: str, url: str, name: str) -> None:
    """The first request after the fault's place fails, the next is answered."""
    caller = serve(Faults(**{place + name: 1}))
    job = caller.job(WRONG)
    first = caller.http.get(job[url])
    assert int(name[1:4]) == first.status_code
    assert int(name[1:4]) != caller.http.get(job[url]).status_code


@pytest.mark.parametrize(
    ("name", "url"),
    [("status_dropped", "status_url"), ("result_dropped", "response_url")],
)
def test_polling_can_be_dropped(serve: Serve, name: str, url: str) -> None:
    """The connection ends without an answer, once."""
    caller = serve(Faults(**{name: 1}))
    job = caller.job(WRONG)
    with pytest.raises(httpx.RemoteProtocolError):
        caller.http.get(job[url])
    assert caller.http.get(job[url]).status_code in {200, 202, 400, 422}


def test_a_cancel_can_be_dropped(serve: Serve) -> None:
    """A dropped cancel has not been heard."""
    caller = serve(Faults(cancel_dropped=1), LONG)
    job = caller.job(TEXT_ONLY)
    with pytest.raises(httpx.RemoteProtocolError):
        caller.http.put(job["cancel_url"])
    assert "IN_QUEUE" == caller.http.get(job["status_url"]).json()["status"]


def test_the_stream_can_break(serve: Serve) -> None:
    """One event, then the connection is gone without a proper end; the next stream is whole."""
    caller = serve(Faults(stream_broken=1), LONG)
    job = caller.job(TEXT_ONLY)
    seen = []
    with (
        pytest.raises(httpx.RemoteProtocolError),
        caller.http.stream("GET", job["status_url"] + "/stream") as events,
    ):
        seen += [line for line in events.iter_lines() if line]
    caller.http.put(job["cancel_url"])
    whole = caller.http.get(job["status_url"] + "/stream").text
    assert "COMPLETED" in whole


JOB_FAULTS = [
    ("job_fails", 500, "runner_server_error"),
    ("job_422_text", 422, "bad_request"),
    ("job_download_error", 422, "file_download_error"),
    ("job_policy", 422, "content_policy_violation"),
    ("job_output_policy", 422, "content_policy_violation"),
]


@pytest.mark.parametrize(("name", "status", "word"), JOB_FAULTS)
def test_a_job_can_fail_inside_completed(serve: Serve, name: str, status: int, word: str) -> None:
    """The status says COMPLETED with an error, the result has the status and the body."""
    caller = serve(Faults(**{name: 1}))
    job = caller.job(TEXT_ONLY)
    ended = caller.ended(job)
    result = caller.http.get(job["response_url"])
    assert ("COMPLETED", word) == (ended["status"], ended["error_type"])
    assert status == result.status_code
    assert word in result.text


def test_a_policy_refusal_names_the_array_and_the_reason(serve: Serve) -> None:
    """``loc`` is the whole array, the reason stands in ``ctx.extra_info``, and it is free."""
    caller = serve(Faults(job_policy=1, job_output_policy=1))
    inputs = caller.result(TEXT_ONLY | {"video_urls": ["http://127.0.0.1/x.mp4"]})
    output = caller.result(TEXT_ONLY)
    assert ["body", "video_urls"] == inputs.json()["detail"][0]["loc"]
    reason = {"extra_info": {"reason": "partner_validation_failed"}}
    assert reason == inputs.json()["detail"][0]["ctx"]
    assert "0" == inputs.headers["x-fal-billable-units"]
    assert ["body", "generated_video"] == output.json()["detail"][0]["loc"]


def test_a_result_can_be_expired(serve: Serve) -> None:
    """404 with fal's body."""
    caller = serve(Faults(result_expired=1))
    answer = caller.result(WRONG)
    assert (404, {"status": "NOT_FOUND"}) == (answer.status_code, answer.json())


def test_media_can_be_gone_cut_or_broken(serve: Serve, media: Media) -> None:
    """404, half of the promised bytes, 500, and then the whole file."""
    caller = serve(Faults(media_expired=1, media_cut=1, media_500=1))
    url = caller.upload(media.still())
    codes = [caller.http.get(url).status_code, caller.http.get(url).status_code]
    assert [500, 404] == codes
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        caller.http.get(url)
    assert media.still().read_bytes() == caller.http.get(url).content


def put(caller: Caller, data: bytes) -> httpx.Response:
    """A direct upload."""
    token = caller.http.post("/storage/auth/token", json={}).raise_for_status().json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{caller.service.base}/files/upload", content=data, headers=headers)


def test_an_upload_can_be_cut(serve: Serve) -> None:
    """The connection ends in the midst of the bytes, nothing is stored; the next one is."""
    caller = serve(Faults(upload_cut=1))
    with pytest.raises((httpx.WriteError, httpx.RemoteProtocolError, httpx.ReadError)):
        put(caller, bytes(8 << 20))
    assert () == caller.service.uploads
    assert 200 == put(caller, bytes(8 << 20)).status_code


def test_an_upload_can_be_stored_and_not_answered(serve: Serve) -> None:
    """The file is there, the answer is not."""
    caller = serve(Faults(upload_dropped_after=1))
    with pytest.raises(httpx.RemoteProtocolError):
        put(caller, b"x")
    assert 1 == len(caller.service.uploads)


@pytest.mark.parametrize("name", ["upload_429", "upload_500", "upload_502_nginx"])
def test_an_upload_can_be_refused(serve: Serve, name: str) -> None:
    """The plain HTTP fault, then the upload."""
    caller = serve(Faults(**{name: 1}))
    codes = [put(caller, bytes(1 << 20)).status_code for _ in range(2)]
    assert [int(name.split("_")[1]), 200] == codes


@pytest.mark.parametrize("name", ["token_401", "token_500", "token_502_nginx"])
def test_a_token_can_be_refused(serve: Serve, name: str) -> None:
    """The plain HTTP fault, then the token."""
    caller = serve(Faults(**{name: 1}))
    found = [caller.http.post("/storage/auth/token", json={}).status_code for _ in range(2)]
    assert [int(name.split("_")[1]), 200] == found


def test_a_slow_answer_is_whole(serve: Serve, media: Media) -> None:
    """Bytes that dribble are all there in the end, and take their time."""
    caller = serve()
    url = caller.upload(media.still())
    other = serve(Faults(slow=1, slow_seconds=0.2))
    copy = other.upload(media.still())
    started = time.monotonic()
    assert caller.http.get(url).content == other.http.get(copy).content
    assert time.monotonic() > started


def test_stopping_does_not_wait_for_anybody(serve: Serve) -> None:
    """Endless jobs, waiting jobs, open streams and late answers end with the service."""
    caller = serve(Faults(job_never_ends=ALWAYS, submit_late=1, late_seconds=600), LONG)
    with pytest.raises(httpx.ReadTimeout):
        caller.submit(TEXT_ONLY, timeout=0.1)
    job = caller.job(TEXT_ONLY)
    with caller.http.stream("GET", job["status_url"] + "/stream") as events:
        next(events.iter_lines())
        caller.service.stop()
    assert {"IN_QUEUE"} == {job.state for job in caller.service.jobs}


@pytest.mark.parametrize(("place", "url"), [("status", "status_url"), ("result", "response_url")])
def test_an_answer_can_be_cut(serve: Serve, place: str, url: str) -> None:
    """Half of the promised bytes, then the end of the connection; the next one is whole."""
    caller = serve(Faults(**{f"{place}_cut": 1}))
    job = caller.job(WRONG)
    if place == "result":
        caller.ended(job)
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        caller.http.get(job[url])
    assert caller.http.get(job[url]).json()


def test_a_submit_can_be_cut(serve: Serve) -> None:
    """The job is there, and half of its answer."""
    caller = serve(Faults(submit_cut=1), LONG)
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        caller.submit(TEXT_ONLY)
    assert 1 == len(caller.service.jobs)


def test_events_can_be_repeated(serve: Serve) -> None:
    """Every event twice; the next stream tells each once."""
    caller = serve(Faults(stream_repeated=1))
    job = caller.job(WRONG)
    caller.ended(job)
    told = []
    for _ in range(2):
        with caller.http.stream("GET", job["status_url"] + "/stream") as events:
            told.append([line for line in events.iter_lines() if line])
    assert [line for line in told[1] for _ in range(2)] == told[0]


def test_a_bare_429_says_not_when(serve: Serve) -> None:
    """A caller must choose its own pause."""
    answer = serve(Faults(submit_429_bare=1)).submit(TEXT_ONLY)
    assert (429, False) == (answer.status_code, "retry-after" in answer.headers)


def test_chance_is_repeatable() -> None:
    """The same seed, the same occasions; another seed, others; about as many as the chance says."""

    def taken(seed: int) -> list[bool]:
        mischief = Mischief(Faults(slow=ALWAYS, chance=0.3, seed=seed))
        return [mischief.take("slow") for _ in range(1000)]

    assert taken(1) == taken(1) != taken(2)
    assert 250 < sum(taken(1)) < 350
    assert Faults(slow=ALWAYS, chance=0.5, seed=3) == parse_faults(["slow", "chance=0.5", "seed=3"])


def test_a_download_goes_on_where_it_was_cut(serve: Serve, media: Media) -> None:
    """``Range`` with the tag of the same file; of another file it begins anew."""
    caller = serve()
    url, data = caller.upload(media.still()), media.still().read_bytes()
    whole = caller.http.get(url)
    rest = {"range": "bytes=10-", "if-range": whole.headers["etag"]}
    part = caller.http.get(url, headers=rest)
    assert (206, data[10:]) == (part.status_code, part.content)
    assert f"bytes 10-{len(data) - 1}/{len(data)}" == part.headers["content-range"]
    other = caller.http.get(url, headers=rest | {"if-range": '"another"'})
    assert (200, data) == (other.status_code, other.content)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", ["status", "listing"])
def test_every_kind_may_befall_a_place(serve: Serve, place: str, kind: str) -> None:
    """The first request goes wrong, the second is answered: also where no field says so."""
    caller = serve(parse_faults([f"{place}_{kind}=1", "late_seconds=30"]))
    job = caller.job(WRONG)
    listing = f"/v1/models/requests/by-endpoint?endpoint_id={ENDPOINT}"
    url = job["status_url"] if place == "status" else listing
    try:
        first = str(caller.http.get(url, timeout=0.2).status_code)
    except httpx.HTTPError:
        first = "none"
    assert (kind[:3] if kind[:3].isdecimal() else "none") == first
    assert caller.http.get(url).status_code in {200, 202}


def test_a_request_can_ask_for_its_own_fault(serve: Serve) -> None:
    """By a header, whatever the service was told at its start; others are not concerned."""
    caller = serve(Faults(chance=0))
    job = caller.job(WRONG)
    wish = {"x-local-fault": "status_503, status-429"}
    codes = [caller.http.get(job["status_url"], headers=one).status_code for one in (wish, {}, {})]
    assert {429, 503} == set(codes[:2])
    assert codes[2] in {200, 202}
    odd = caller.http.get(job["status_url"], headers={"x-local-fault": "nonsense"})
    assert (400, True) == (odd.status_code, "unknown fault" in odd.text)


def test_faults_can_change_while_it_runs(serve: Serve) -> None:
    """Another set of faults, and then none."""
    caller = serve(Faults(status_500=ALWAYS))
    job = caller.job(WRONG)
    codes = [caller.http.get(job["status_url"]).status_code]
    for faults in (Faults(status_401=ALWAYS), None):
        caller.service.misbehave(faults)
        codes.append(caller.http.get(job["status_url"]).status_code)
    assert [500, 401] == codes[:2]
    assert codes[2] in {200, 202}


def test_the_record_can_be_read_over_the_wire(serve: Serve) -> None:
    """POSTs of each content, jobs and files: what a process of its own has to tell."""
    caller = serve(Faults(submit_500=1), LONG)
    caller.submit(TEXT_ONLY)
    job = caller.job(TEXT_ONLY)
    told = httpx.get(f"{caller.service.base}/_local").json()
    assert [{"input": TEXT_ONLY, "posts": 2}] == told["submissions"]
    assert [job["request_id"]] == [one["request_id"] for one in told["jobs"]]
