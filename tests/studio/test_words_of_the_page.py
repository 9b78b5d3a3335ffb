"""Sentences as the page says them: fields and buttons instead of commands and options."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from seedance_prep.core.finding import Trust
from seedance_prep.studio import words
from seedance_prep.studio.words import for_page, told


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("more than the $0.50 that are allowed (--max-cost)", "(“Pay at most”)"),
        ("`seedance-prep resume r-1-a` fetches it", "“Resume” under “Earlier runs” fetches it"),
        (
            "`seedance-prep resume r-1 --submit-again` sends it",
            "“Generate”, and “Pay again”, sends",
        ),
        ("its video, --submit-again pays once more", "“Pay again” pays once more"),
        ("`seedance-prep resume r-1 --request-id ID`", "resume r-1 --request-id ID`"),
        ("then --request-id ID names it", "`seedance-prep resume --request-id ID` in a terminal"),
        ("`seedance-prep fix a.mov --out ready --allow drop` mends it", "a fix mends it"),
        ("say it, with `--prompt`", "say it, in “Prompt”"),
        ("choose another part (`#t=START,END`), or", "choose another part by its two ends, or"),
        ("`#frame=crop` crops instead", "“When the ratio is off: crop” crops instead"),
        ("add `#as=video` if", "choose “Use it as: a video” if"),
        ("`fix --strip-metadata` takes it out", "“Metadata of files: strip” takes it out"),
        ("a.mov - or b.mov", "a.mov - or b.mov"),
    ],
)
def test_for_page(sentence: str, said: str) -> None:
    """What is pressed or chosen on the page is named as it is there; the rest stays."""
    assert said in for_page(sentence)


def test_the_words_are_those_of_the_page() -> None:
    """Whatever stands in quotation marks is a word of a field, an option or a button."""
    page = files("seedance_prep.studio").joinpath("page")
    sources = "".join(one.read_text("utf-8") for one in page.iterdir() if one.is_file())
    said = [said for _, said in words.WORDS]
    said += [for_page(f"--allow {trust.label}") for trust in Trust]
    for quoted in {one for each in said for one in re.findall("“(.+?)”", each)}:
        for word in quoted.replace(r"\1", "strip").split(": "):
            assert word in sources, quoted


def test_told() -> None:
    """Only what is a sentence is worded anew: a prompt, a name or a log stays as it was given."""
    given = {
        "prompt": "--max-cost",
        "log": ["(--max-cost)"],
        "found": [{"message": "a (--max-cost)"}],
    }
    wanted = given | {"found": [{"message": "a (“Pay at most”)"}]}
    assert wanted == told(given)
