"""What a storage says, read: a refusal in words, a URL that may be trusted with a file."""

from __future__ import annotations

from ..core.key import is_loopback
from ..core.refusal import account, detail_text
from ..errors import AnswerError, RefusedError
from ..wire import Answer, transient
from .store import Parcel


def private(url: str) -> bool:
    """Whether a file may travel there: encrypted, or without leaving this machine."""
    scheme = url.partition("://")[0]
    return scheme == "https" or (scheme == "http" and is_loopback(host(url)))


def host(url: str) -> str:
    """The host alone, without user and port."""
    place = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return place.rpartition(":")[0] or place


def siblings(one: str, other: str) -> bool:
    """Whether two URLs are of one owner: the same host, or names under the same domain."""
    hosts = host(one), host(other)
    if hosts[0] == hosts[1]:
        return True
    if any(is_loopback(name) or name.replace(".", "").isdigit() for name in hosts):
        return False
    domains = [name.lower().split(".")[-2:] for name in hosts]
    return len(domains[0]) == 2 and domains[0] == domains[1]


def checked(name: str, url: str) -> str:
    """A URL out of an answer. Raises ``AnswerError`` when it would lead into the open."""
    if not private(url):
        raise AnswerError(f"{name} is not an https URL, so nothing was sent there")
    return url


def refused(item: Parcel, answer: Answer, *, signed: bool = True) -> RefusedError:
    """The refusal in words; a storage upload is never charged.

    What was not ``signed`` says nothing of the account.
    """
    try:
        body = answer.json("upload").value
    except AnswerError:
        body = None
    known = account(answer.status, body) if signed else None
    why = f"{known.meaning}; {known.remedy}" if known else detail_text(body)
    if transient(answer):
        why = f"{why or 'it says no more'}; run it again later"
    return RefusedError(
        f"{answer.host} refused the upload of {item.ref} ({answer.status})"
        + (f": {why}" if why else ""),
        http_status=answer.status,
        kind=known.kind if known else None,
        charged=False,
    )
