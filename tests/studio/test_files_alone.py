"""The desk holds files, and nothing that could carry a login or a signature to the disk."""

from __future__ import annotations

import pytest

from seedance_prep.core.request import Asset
from seedance_prep.errors import UsageError
from seedance_prep.studio.desk import Desk, asked, own_name, wished
from seedance_prep.studio.store import disk_name

URL = "https://me:hush@a.invalid/beach.jpg"


@pytest.mark.parametrize("field", ["assets", "images", "image_urls", "videos", "video_urls", "key"])
def test_a_page_gives_no_addresses(field: str) -> None:
    """Neither as lists of the request, nor as a parameter that nobody knows."""
    with pytest.raises(UsageError, match=f"{field} is no field"):
        asked(Desk(), {field: [URL]}, ["fal"])


@pytest.mark.parametrize("field", ["source", "url", "path"])
def test_nor_for_a_file(field: str) -> None:
    """What was dropped stays what it was."""
    with pytest.raises(UsageError, match=f"{field} is no field"):
        wished(Asset("beach.jpg"), {field: URL})


def test_nor_as_a_name() -> None:
    """A name that is an address is its last part, on the desk and on the disk."""
    assert "beach.jpg" == own_name(URL)
    assert "hush" not in disk_name(own_name(URL))
