"""How each command is called: the examples under its help."""

from __future__ import annotations

_CALLS: dict[str, tuple[str, ...]] = {
    "check": (
        "check phone.mov beach.heic voice.m4a",
        'check hero=beach.heic --prompt "{hero} dances"',
        "check ready/* --json",
        "check assets/* --each --sarif findings.sarif",
    ),
    "fix": (
        "fix phone.mov beach.heic --out ready",
        'fix "phone.mov#t=3,9.5" "talk.mov#keep=best"',
        "fix strip.png --allow inventive --report page.html",
        "fix phone.mov --dry-run --json",
    ),
    "price": (
        "price phone.mov beach.heic",
        "price phone.mov --resolution 480p --duration 5",
        "price ready/* --compare",
    ),
    "upload": (
        'upload ready/* --prompt "@Image1 moves like @Video1"',
        'upload beach.heic --prompt "@Image1 dances" --service local',
    ),
    "generate": (
        'generate ready/* --prompt "@Image1 moves like @Video1"',
        "generate phone.mov --prompt-file prompt.txt --max-cost 4 --yes",
        'generate ready/* --prompt "@Image1 dances" --service local',
    ),
    "batch": (
        "batch shots.jsonl --check",
        "batch shots.csv --fix --out ready --jobs 8",
        "batch shots.jsonl --generate --max-cost 40 --rate 10/min",
        "batch shots.parquet --fix --scheduler tcp://10.0.0.5:8786",
    ),
    "runs": (
        "runs",
        "runs r-20261122-8bab",
        "runs --export",
    ),
    "resume": (
        "resume r-20261122-8bab",
        "resume r-20261122-8bab --download surfer.mp4",
    ),
    "cancel": ("cancel r-20261122-8bab",),
    "rules": (
        "rules",
        "rules VID003",
        "rules clip-too-long --json",
    ),
    "profiles": (
        "profiles",
        "profiles diff fast mini",
        "profiles drift openapi.json",
    ),
    "cache": (
        "cache stats",
        "cache clear",
        "fix phone.mov --cache",
    ),
    "doctor": (
        "doctor",
        "doctor --json",
    ),
    "local": (
        "local --port 8080",
        "local --fault cancel-late=1",
    ),
    "studio": (
        "studio",
        "studio --service local --port 8090 --no-open",
    ),
    "mcp": (
        "mcp --allow-folder assets",
        "mcp --out ready --service local",
    ),
    "demo": (
        "demo",
        "demo --out somewhere",
    ),
}


def _listed(calls: tuple[str, ...]) -> str:
    """As click shows it line by line: a paragraph after a backspace is not wrapped."""
    return "\b\nExamples:\n" + "\n".join(f"  seedance-prep {call}" for call in calls)


EXAMPLES = {command: _listed(calls) for command, calls in _CALLS.items()}
"""The end of each command's help."""
