"""The same with coroutines, of what a web service has in its hands: bytes and open files.

python examples/subscribe_async.py beach.heic phone.mov
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import fal_client

import seedance_prep as prep

ENDPOINT = "bytedance/seedance-2.0/fast/reference-to-video"


async def make(picture: bytes, clip: Path, service: str = "fal") -> str:
    """The URL of the finished video."""
    with clip.open("rb") as file:
        arguments = await prep.aio.arguments(
            "@Image1 moves like @Video1",
            images=[picture],
            videos=[file],
            resolution="480p",
            duration=4,
            service=service,
        )
    result = await fal_client.subscribe_async(ENDPOINT, arguments=arguments)
    return str(result["video"]["url"])


if __name__ == "__main__":
    print(asyncio.run(make(Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]))))  # noqa: T201
