"""What an error of the service means, in plain words."""

from __future__ import annotations

from typing import Any

import pytest

from seedance_prep.submit.advice import Sources, advise, failure, refusal

SOURCES = Sources(
    refs=["@Image1", "@Image2", "@Video1", "@Audio1"],
    by_url={"https://v3.fal.media/files/b/1/image2.jpg": "@Image2"},
)


def detail(kind: str, *loc: str | int, **more: Any) -> dict[str, Any]:
    """An error of the model, in fal's shape."""
    return {"detail": [{"loc": ["body", *loc], "msg": "said so", "type": kind, **more}]}


POLICY = detail(
    "content_policy_violation",
    "image_urls",
    ctx={"extra_info": {"reason": "partner_validation_failed"}},
)


@pytest.mark.parametrize(
    ("expected", "status", "body"),
    [
        ("does not know this key; check FAL_KEY", 401, {"detail": "invalid key credentials"}),
        (
            "balance is used up; top it up at fal.ai/dashboard/billing",
            403,
            {"detail": "User is locked. Reason: Exhausted balance. Top up your balance"},
        ),
        ("this key may not use the endpoint", 403, {"detail": "Forbidden"}),
        (('does not know it; check the endpoint and the id (nothing was charged); the service says'
         ' "Path /x not found"'), 404, {"detail": "Path /x not found"}),
        ("takes no more requests now; run it again later", 429, {"detail": "Too many"}),
        ("collides with another one at the service; run it again later", 409,
         {"detail": "Conflict"}),
        ("the model crashed; run it again later", 500, {"error_type": "runner_server_error"}),
        ("the service answered 500 and said nothing", 500, None),
        ("the account is locked; see why", 403, {"detail": "User is locked."}),
        ("balance is used up", 402, None),
        ("the request is too large; shorten the prompt", 413, None),
        ("a number is too large (le 15); choose a smaller one", 422,
         detail("less_than_equal", "duration", ctx={"le": 15})),
        ("did not start in time", 504, {"error_type": "startup_timeout"}),
        ("the service found no machine", 503, None),
        (('the service calls it brand_new; run `seedance-prep check` on it, and fix (it may be'
         ' charged); the service says "said so"'), 422, detail("brand_new")),
        ("the maker takes somebody in it for a real person", 422, POLICY),
        ("a video is too long (max_duration 15", 422,
         detail("video_duration_too_long", "video_urls", ctx={"max_duration": 15})),
        ("somebody's new word", 422,
         {"detail": [{"loc": ["body"], "msg": "somebody's new word", "type": "brand_new"}]}),
        ("a value is not one that is taken (expected 480p, 720p)", 422,
         detail("one_of", "resolution", ctx={"expected": ["480p", "720p"]})),
    ],
)  # fmt: skip
def test_an_error_says_what_it_means_and_what_to_do(
    expected: str, status: int, body: object
) -> None:
    """The service's word becomes a sentence; an unknown word is passed on."""
    assert expected in advise(status, body, {}, SOURCES).sentence


@pytest.mark.parametrize(
    ("expected", "status", "headers"),
    [
        (False, 500, {}),
        (False, 504, {}),
        (False, 401, {}),
        (False, 429, {}),
        (None, 422, {}),
        (False, 422, {"x-fal-billable-units": "0"}),
        (True, 422, {"x-fal-billable-units": "1.5"}),
        (None, 422, {"x-fal-billable-units": "many"}),
    ],
)
def test_whether_it_was_charged_is_said_or_left_open(
    expected: bool | None, status: int, headers: dict[str, str]
) -> None:
    """Server errors never are; a refused input perhaps; the header knows."""
    assert expected is advise(status, detail("x"), headers).charged


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        ("@Image2", detail("image_too_small", "image_urls", 1)),
        ("@Video1", detail("video_duration_too_long", "video_urls")),
        (None, detail("content_policy_violation", "image_urls")),
        ("@Image2", detail("file_download_error", input="https://v3.fal.media/files/b/1/image2.jpg")),
        ("@Image2", detail("file_download_error",
                           ctx={"extra": {"url": "https://v3.fal.media/files/b/1/image2.jpg"}})),
        ("@Video1", {"detail": [{"loc": ["body"], "type": "downstream_service_error",
                                 "msg": "the parameter content[3] is not valid"}]}),
        (None, {"detail": [{"loc": ["body"], "type": "downstream_service_error",
                            "msg": "the parameter content[0] is too long"}]}),
        (None, {"detail": [{"loc": ["body"], "type": "downstream_service_error",
                            "msg": "the parameter content[9] is not valid"}]}),
    ],
)  # fmt: skip
def test_the_asset_is_named_when_the_answer_tells(expected: str | None, body: object) -> None:
    """By index, by URL, by the maker's content[N], or because there is only one of its kind."""
    assert expected == advise(422, body, {}, SOURCES).ref


@pytest.mark.parametrize(
    ("expected", "place"),
    [
        ("the pictures: ", "image_urls"),
        ("the prompt: ", "prompt"),
        ("the finished video: ", "generated_video"),
    ],
)
def test_a_policy_refusal_says_what_was_refused(expected: str, place: str) -> None:
    """The whole array, the words, or the output."""
    assert advise(422, detail("content_policy_violation", place), {}, SOURCES).sentence.startswith(
        expected
    )


@pytest.mark.parametrize(
    "body",
    [
        None, [], "text", 7, {"detail": None}, {"detail": []}, {"detail": [7]}, {"detail": {}},
        {"detail": [{}]}, {"detail": [{"loc": 3, "type": 4, "ctx": "x", "msg": None}]},
        {"detail": [{"loc": [None, {}], "ctx": {"extra_info": "x"}}]}, {"error_type": 5},
    ],
)  # fmt: skip
def test_no_shape_of_an_answer_breaks_the_reader(body: object) -> None:
    """Whatever comes, there is a sentence."""
    for status in (400, 422, 500, 599):
        assert advise(status, body, {}, SOURCES).sentence


def test_an_answer_of_any_length_becomes_one_line() -> None:
    """A page of text does not flood the terminal."""
    body = {"detail": [{"loc": ["body", "x" * 40], "msg": "long \n" * 900, "type": "new"}]}
    sentence = advise(422, body).sentence
    assert "\n" not in sentence
    assert len(sentence) < 600


def test_each_fault_of_an_answer_is_told() -> None:
    """Two pictures and a sound in one refusal: all three are named, what is more is counted."""
    items = [
        {"loc": ["body", "image_urls", 0], "type": "image_too_small"},
        {"loc": ["body", "image_urls", 1], "type": "image_too_large"},
        {"loc": ["body", "audio_urls", 0], "type": "unsupported_audio_format"},
    ]
    sentence = advise(422, {"detail": items}, {}, SOURCES).sentence
    faults = ["@Image1: a picture is too small", "also @Image2: a picture is too large",
              "also @Audio1: a sound has a format that is not taken"]  # fmt: skip
    assert [] == [one for one in faults if one not in sentence]
    assert "; and 2 more;" in advise(422, {"detail": [*items, *items[:2]]}, {}, SOURCES).sentence


@pytest.mark.parametrize(
    ("expected", "headers"),
    [
        (True, {"x-fal-retryable": "true"}),
        (True, {"x-fal-needs-retry": "1"}),
        (False, {"x-fal-retryable": "False"}),
        (False, {"x-fal-needs-retry": "0"}),
        (True, {"x-fal-retryable": "true", "x-fal-needs-retry": "0"}),
        (None, {"x-fal-retryable": "perhaps"}),
        (None, {}),
    ],
)
def test_the_hint_to_try_again_is_read(expected: bool | None, headers: dict[str, str]) -> None:
    """Under its two names; it is kept for programs."""
    assert expected is advise(422, detail("image_load_error"), headers).retryable
    assert expected is failure(422, detail("image_load_error"), headers).retryable


def test_the_hint_of_the_service_wins_over_ours() -> None:
    """What we would give up may be tried again, and what we would try again is not worth it."""
    may = advise(422, detail("image_load_error"), {"x-fal-retryable": "true"})
    assert "run it again later (the service says that may help)" in may.sentence
    wont = advise(500, {"error_type": "runner_server_error"}, {"x-fal-needs-retry": "0"})
    assert "trying again does not help" in wont.sentence


def test_the_caller_s_own_deadline_is_no_fault_of_the_service() -> None:
    """A 504 of our start timeout says so."""
    late = advise(504, {"error_type": "request_timeout"}, {"x-fal-request-timeout-type": "user"})
    assert ("start_timeout", False) == (late.kind, late.charged)
    assert "--start-timeout" in late.sentence


def test_one_word_of_the_maker_may_be_charged() -> None:
    """A refusal of the maker's with a 4xx was billed once, so nobody is told that it is free."""
    assert advise(400, detail("downstream_service_error")).charged is None
    assert advise(400, {"error_type": "bad_request"}).charged is False


def test_a_number_in_a_text_is_never_a_status() -> None:
    """ "240x240" is no server error (edenartlab/eve#576)."""
    body = {"detail": [{"loc": ["body"], "type": "image_too_small", "msg": "got 500x500, 503"}]}
    assert advise(422, body).charged is None


def test_a_refusal_and_a_failure_keep_what_the_answer_said() -> None:
    """Status, the service's word and whether it was charged are there for programs."""
    no = refusal(422, POLICY, {"x-fal-billable-units": "0"}, SOURCES)
    assert (422, "content_policy_violation", False) == (no.http_status, no.kind, no.charged)
    assert str(no).startswith("the service refused the request (422): the pictures: ")
    assert str(failure(500, {"error_type": "runner_server_error"})).startswith("the job failed: ")
