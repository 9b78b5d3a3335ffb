"""Who may ask: whoever has the token, from this page, by this address.

Other programs of this machine do not know the token; pages of other sites are told apart by their
origin, also when their name was made to lead here (the Host header gives them away).
"""

from __future__ import annotations

import secrets
from hmac import compare_digest
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
"""What a form of any page may send without being asked whether it may."""
OWN = "x-studio"
"""Header that no form can send; any value will do."""
TOKEN = "x-studio-token"  # noqa: S105 - its name
SAFE = ("GET", "HEAD")
HERE = ("same-origin", "none")
"""Sites that a request may come from: this page, or nobody (an address that was typed)."""
POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""On every answer that does not say otherwise."""


class Guard:
    """Lets pass what comes from the page; all else ends here, before a byte of a body is read."""

    def __init__(self, app: ASGIApp, *, token: str, port: int) -> None:
        """``token`` is what a caller must know."""
        self._app, self._token = app, token
        self._tickets: set[str] = set()
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._cookie = f"seedance_studio_{port}"

    def ticket(self) -> str:
        """A token that opens the door once: other users of this machine may see it in the list of
        processes, as a part of what a browser was started with.
        """
        self._tickets.add(made := secrets.token_urlsafe(24))
        return made

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            refusal = self._refusal(scope)
            await (refusal or self._app)(scope, receive, _with_headers(send))
        # anything else (a web socket) gets no answer

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.getlist("host") not in [[host] for host in self._hosts]:
            return _no(403, "this is not the address of the studio; open the one that it printed")
        if not self._from_here(headers):
            return _no(403, "another site asked; open the studio's address in a tab of its own")
        if scope["method"] == "GET" and scope["path"] == "/" and scope["query_string"]:
            return self._entered(scope)
        if not self._known(headers):
            return _no(401, "the token is missing or of an earlier studio; open the address that"
                            " `seedance-prep studio` printed")  # fmt: skip
        if scope["method"] not in SAFE and _form(headers):
            return _no(415, f"send JSON, or the header {OWN}: 1")
        return None

    def _from_here(self, headers: Headers) -> bool:
        origins = {f"http://{host}" for host in self._hosts}
        origin, site = headers.getlist("origin"), headers.get("sec-fetch-site", "none")
        return site in HERE and all(one in origins for one in origin)

    def _entered(self, scope: Scope) -> Response:
        """The way in: the token becomes a cookie, and leaves the address."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
        if given[0] in self._tickets:
            self._tickets.discard(given[0])
        elif not self._same(given[0]):
            return _no(401, "the token is of an earlier studio; open the address that"
                            " `seedance-prep studio` printed")  # fmt: skip
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(self._cookie, self._token, httponly=True, samesite="strict", path="/")
        return answer

    def _known(self, headers: Headers) -> bool:
        cookies = [cookie_parser(one) for one in headers.getlist("cookie")]
        given = [headers.get(TOKEN, ""), *(one.get(self._cookie, "") for one in cookies)]
        return any(map(self._same, given))

    def _same(self, given: str) -> bool:
        return compare_digest(given.encode(), self._token.encode())


def _form(headers: Headers) -> bool:
    """Whether a form of any page could have sent this."""
    if OWN in headers or TOKEN in headers:
        return False
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return not kind or kind in FORMS


def _no(status: int, says: str) -> Response:
    return JSONResponse({"error": says}, status_code=status)


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            named = {name.lower() for name, _ in message.get("headers", ())}
            more = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
            kept = [(name, value) for name, value in more if name not in named]
            message = {**message, "headers": [*message.get("headers", ()), *kept]}
        await send(message)

    return sent
