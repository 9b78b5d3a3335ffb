"""What of a URL people, files and the ledger may see."""

from __future__ import annotations

import pytest

from seedance_prep.core.document import document_of, request_from
from seedance_prep.core.media import Media
from seedance_prep.core.request import Asset, Request, parse_asset, without_secrets
from seedance_prep.errors import UsageError


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("https://a.test/b/c.png", "https://a.test/b/c.png"),
        ("https://a.test/b/c.png?X-Amz-Signature=secret", "https://a.test/b/c.png?…"),
        ("HTTPS://a.test?secret", "HTTPS://a.test?…"),
        ("https://me:secret@a.test:8443/b?x=secret#t", "https://a.test:8443/b?…"),
        ("https://me:se@cret@a.test/@b", "https://a.test/@b"),
        ("s3://key:secret@bucket/one.mp4", "s3://bucket/one.mp4"),
        ("https://a.test/b#?secret", "https://a.test/b#?…"),
        ("photos/what is this?.jpg", "photos/what is this?.jpg"),
        ("me@home.jpg", "me@home.jpg"),
        ("-", "-"),
    ],
)
def test_no_login_and_no_query(given: str, shown: str) -> None:
    """Both may be secrets; a path is no URL, and stays as it is."""
    assert shown == without_secrets(given)
    assert shown == Media(asset=Asset(given)).source


@pytest.mark.parametrize("given", ["data:image/png;base64,AAAA", "DATA:image/png;base64,BB,CC"])
def test_a_file_given_inline_is_not_printed(given: str) -> None:
    """Its head is enough: megabytes of it would follow."""
    assert given.partition(",")[0] + ",…" == Media(asset=Asset(given)).source


def test_a_document_with_and_without() -> None:
    """What is read back needs the whole URL; what is kept must not hold it."""
    request = Request(images=["https://me:secret@a.test/b.png?key=secret"])
    assert request.entries() == request_from(document_of(request), lambda _: False).entries()
    assert "secret" not in str(document_of(request, secrets=False))


@pytest.mark.parametrize("fields", ["t=9,3", "weight=0", "t=x", "colour=red"])
def test_a_mistake_does_not_repeat_the_secret(fields: str) -> None:
    """A call that makes no sense names the URL, and not what is secret in it."""
    with pytest.raises(UsageError) as caught:
        parse_asset(f"https://me:secret@a.test/b.mp4?key=secret#{fields}", lambda _: False)
    assert "https://a.test/b.mp4?…" in str(caught.value)
    assert "secret" not in str(caught.value)
