"""Prepare a request in one line, then let fal's own client do the rest.

    python examples/subscribe.py beach.heic phone.mov

The files may be anything that holds a picture and a video: they are made to comply first. The
names in the prompt become the numbers of their files.
"""

from __future__ import annotations

import sys

import fal_client

import seedance_prep as prep

ENDPOINT = "bytedance/seedance-2.0/fast/reference-to-video"


def make(picture: str, clip: str, service: str = "fal") -> str:
    """The URL of the finished video."""
    arguments = prep.arguments(
        "{hero} moves like {moves}",
        images={"hero": picture},
        videos={"moves": prep.Clip(clip, keep="best")},
        endpoint=ENDPOINT,
        resolution="480p",
        duration=4,
        max_cost=2,  # USD; above it, nothing is uploaded
        service=service,
    )
    result = fal_client.subscribe(ENDPOINT, arguments=arguments)
    return str(result["video"]["url"])


if __name__ == "__main__":
    print(make(*sys.argv[1:3]))  # noqa: T201
