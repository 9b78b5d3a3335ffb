"""Put a guard around a call that is there already: what it sends is made to comply, or stays home.

python examples/guard.py beach.heic
"""

from __future__ import annotations

import sys
from typing import Any

import fal_client

import seedance_prep as prep


def make(picture: str, service: str = "fal") -> dict[str, Any]:
    """The service's own answer; ``prep.UnfixableError`` and ``prep.CostError`` before any cost."""
    subscribe = prep.guard(fal_client.subscribe, max_cost=4, service=service)
    answer: dict[str, Any] = subscribe(
        "bytedance/seedance-2.0/fast/reference-to-video",
        arguments={
            "prompt": "@Image1 turns to the camera",
            "image_urls": [picture],
            "resolution": "480p",
            "duration": "4",
        },
    )
    return answer


if __name__ == "__main__":
    print(make(sys.argv[1]))  # noqa: T201
