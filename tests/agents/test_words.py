"""Sentences for agents, and how far a piece of work is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_prep.agents.words import for_agents, told
from seedance_prep.agents.works import Meter
from seedance_prep.checks import RULES
from seedance_prep.core.event import Event, EventType


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("`seedance-prep resume r-20261123-3f9a` fetches it", "run_status of r-20261123-3f9a"),
        ("`seedance-prep resume r-1 --submit-again` sends it", "generate with submit_again sends"),
        ("--request-id ID names it", "resume --request-id ID on the command line names it"),
        ("`seedance-prep runs` lists them", "run_status lists them"),
        ("`seedance-prep fix a.mov --out ready` mends it", "the tool fix mends it"),
        ("--allow inventive would", "allow inventive would"),
        ("more than is allowed (--max-cost)", "(max_cost)"),
        ("set --aspect-ratio 16:9", "set request.aspect_ratio 16:9"),
        ("start it with --allow-folder DIR", "--allow-folder DIR"),
        ("give one with --prompt or --prompt-file", "give one with request.prompt"),
    ],
)
def test_for_agents(sentence: str, words: str) -> None:
    """Commands become tools, options arguments; what only the server's owner can give stays."""
    assert words in for_agents(sentence)


def test_no_page_names_a_command_that_is_no_tool() -> None:
    """What the rules' pages say of mending reads for an agent, too."""
    for judge in RULES:
        assert "`seedance-prep " not in for_agents(judge.rule.page)


def test_told() -> None:
    """Files are called as the agent did, everywhere but where a path is the answer."""
    document = {
        "source": "/roots/a.mov",
        "output": {"path": "/roots/a.mov"},
        "findings": [{"message": "/roots/a.mov: --allow drop"}],
    }
    assert {
        "source": "a.mov",
        "output": {"path": "/roots/a.mov"},
        "findings": [{"message": "a.mov: allow drop"}],
    } == told(document, {"/roots/a.mov": "a.mov"})


EVENTS = st.one_of(
    st.builds(
        lambda ref, share: Event(EventType.FIXING, {"ref": ref, "progress": share}),
        st.sampled_from(["@Image1", "@Video1"]),
        st.floats(0, 1),
    ),
    st.builds(
        lambda sent: Event(EventType.UPLOADING, {"ref": "@Video1", "bytes": sent, "total": 100}),
        st.integers(0, 100),
    ),
    st.sampled_from(
        [
            Event(EventType.PLANNED, {"ref": "@Video1", "action": "encoded"}),
            Event(EventType.PLANNED, {"ref": "@Image1", "action": "dropped"}),
            Event(EventType.SUBMITTED, {}),
            Event(EventType.LOG, {"message": "x"}),
            Event(EventType.DONE, {}),
        ]
    ),
)


@given(st.lists(EVENTS))
def test_progress_never_falls(events: list[Event]) -> None:
    """In whatever order events come, the share rises from 0 to at most 1, as the protocol wants."""
    shares: list[float] = []
    meter = Meter(lambda progress: shares.append(progress.share))
    for event in events:
        meter(event)
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    assert len(meter.logs) <= 20
