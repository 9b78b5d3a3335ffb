"""Findings as SARIF 2.1.0 (OASIS, 2023-08), which code hosts and editors show beside the files.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ..core.finding import Finding, Level
from ..core.media import Media
from ..core.outcome import Report
from ..core.request import without_secrets
from ..core.rule import Rule
from .runs import bare_name
from .text import shown

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
VERSION = "2.1.0"
NAME = "seedance-prep"
FINGERPRINT = "seedancePrepFinding/v1"
LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}

Near = Callable[[str], str]
"""A path as it stands in the folder that the reader looks at."""


def document(
    reports: Sequence[Report], rules: Sequence[tuple[Rule, str]], version: str, near: Near
) -> dict[str, Any]:
    """The log of one run over several reports; each rule comes with its page.

    Only the rules that were broken are listed. Paths become URIs in the folder of the reader.
    """
    found = [one for report in reports for one in report.findings]
    broken = {one.code for one in found}
    known = [(rule, page) for rule, page in rules if rule.code in broken]
    places = {rule.code: place for place, (rule, _) in enumerate(known)}
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": NAME,
                        "version": version,
                        "semanticVersion": version,
                        "rules": [_rule(rule, page) for rule, page in known],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": True}],
                "artifacts": list(_artifacts(reports, near)),
                "results": list(_results(found, places, near)),
            }
        ],
    }


def _rule(rule: Rule, page: str) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": f"{rule.summary}."},
        "fullDescription": {"text": rule.page},
        "help": {"text": page},
        "defaultConfiguration": {"level": LEVELS[rule.level]},
        "properties": {"tags": [rule.family, rule.name]},
    }


def _artifacts(reports: Sequence[Report], near: Near) -> Iterator[dict[str, Any]]:
    for media in {one.source: one for report in reports for one in report.assets}.values():
        yield {"location": _place(media.source, near), **_size(media)}


def _size(media: Media) -> Mapping[str, Any]:
    hashes = {"hashes": {"sha-256": media.sha256}} if media.sha256 else {}
    return ({"length": media.facts.bytes} if media.facts else {}) | hashes


def _results(
    found: Sequence[Finding], places: Mapping[str, int], near: Near
) -> Iterator[dict[str, Any]]:
    """One each; the very same fault of the same file is told apart by its turn."""
    turns: Counter[str] = Counter()
    for one in found:
        location = _location(one, near)
        key = f"{one.code}\n{location}"
        turns[key] += 1
        mark = hashlib.sha256(f"{key}\n{turns[key]}".encode()).hexdigest()
        facts = {"measured": one.measured, "limit": one.limit, "ref": one.ref}
        yield {
            "ruleId": one.code,
            "ruleIndex": places[one.code],
            "level": LEVELS[one.level],
            "message": {"text": _words(one)},
            "locations": [location],
            "partialFingerprints": {FINGERPRINT: mark},
            "properties": {name: _plain(value) for name, value in facts.items() if value},
        }


def _words(one: Finding) -> str:
    subject = f"{bare_name(one.source)} " if one.source else ""
    remedy = f"; {one.remedy}" if one.remedy else ""
    return shown(f"{subject}{one.message}{remedy}")


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float) else str(value)


def _location(one: Finding, near: Near) -> dict[str, Any]:
    """The file as a whole: its first line, which code hosts want for a place to show it."""
    if one.source is None:
        return {"logicalLocations": [{"name": "request", "kind": "object"}]}
    place = {"artifactLocation": _place(one.source, near), "region": {"startLine": 1}}
    return {"physicalLocation": place}


def _place(source: str, near: Near) -> dict[str, str]:
    """A relative path is of the folder that the reader looks at; no query of a URL is told."""
    if "://" in source:
        return {"uri": without_secrets(source).partition("?")[0].partition("#")[0]}
    path = near(source).replace("\\", "/")
    escaped = quote(path.encode("utf-8", "surrogateescape"), safe="/~")
    if path.startswith("/"):
        return {"uri": f"file://{escaped}"}
    return {"uri": escaped, "uriBaseId": "%SRCROOT%"}
