"""A page in parts asks once: where an answer leads on, the server goes there itself and says where that was.

A form is answered by a redirect, so that a reload or the way back sends nothing again. The module that changes the page in
parts (``static/desk/parts.js``, header ``X-Part``) would follow it by a second request; here the page is made in the same
one, as the browser would ask for it: the same cookies, those of the first answer among them, and the address in
``X-Address``. Only addresses of ours are followed.
"""

from collections.abc import Callable, Iterable
from http.cookies import CookieError, SimpleCookie
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PART = "HTTP_X_PART"
ADDRESS = "X-Address"
LEADS_ON = ("302", "303")
FARTHEST = 4  # redirects in a row
BODY = ("CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_ENCODING")
Headers = list[tuple[str, str]]


def install(app: Flask) -> None:
    """Let the application follow its own redirects for pages in parts."""
    app.wsgi_app = Following(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way


class Following:
    """The application as a page in parts meets it."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not environ.get(PART):
            return self._app(environ, start_response)
        return self._follow(environ, start_response)

    def _follow(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        cookies: Headers = []
        led = ""
        for step in range(FARTHEST + 1):
            status, headers, body = _answer(self._app, dict(environ))
            onward = _onward(status, headers, environ)
            if not onward or step == FARTHEST:
                break
            _close(body)
            led = onward
            cookies += [pair for pair in headers if pair[0].lower() == "set-cookie"]
            environ = _next(environ, onward, cookies)
        told = [(ADDRESS, led)] if led else []
        start_response(status, [*cookies, *headers, *told])
        return body


def _answer(app: "WSGIApplication", environ: "WSGIEnvironment") -> tuple[str, Headers, Iterable[bytes]]:
    begun: list[tuple[str, Headers]] = []

    def start(status: str, headers: Headers, _error: object = None) -> Callable[[bytes], object]:
        begun[:] = [(status, headers)]
        return lambda _data: None

    body = app(environ, start)
    return *begun[0], body


def _onward(status: str, headers: Headers, environ: "WSGIEnvironment") -> str:
    """Return the address of ours that an answer leads to, or nothing."""
    if not status.startswith(LEADS_ON):
        return ""
    address = next((value for name, value in headers if name.lower() == "location"), "")
    is_ours = address.startswith(f"{environ.get('SCRIPT_NAME', '')}/") and not address.startswith("//")
    return address if is_ours else ""


def _next(environ: "WSGIEnvironment", address: str, cookies: Headers) -> "WSGIEnvironment":
    """Return the request by which a browser would go to the address."""
    parts = urlsplit(address)
    path = parts.path.removeprefix(environ.get("SCRIPT_NAME", ""))
    return {
        **{name: value for name, value in environ.items() if name not in BODY},
        "REQUEST_METHOD": "GET",
        "PATH_INFO": unquote(path, "latin-1"),
        "QUERY_STRING": parts.query,
        "RAW_URI": address,
        "REQUEST_URI": address,
        "HTTP_COOKIE": _with(environ.get("HTTP_COOKIE", ""), [value for _name, value in cookies]),
        "wsgi.input": BytesIO(),
    }


def _with(sent: str, fresh: list[str]) -> str:
    """Return the browser's cookies after what the answers have set."""
    kept = dict(pair.strip().partition("=")[::2] for pair in sent.split(";") if "=" in pair)
    for line in fresh:
        try:
            found = SimpleCookie(line)
        except CookieError:
            continue
        for name, morsel in found.items():
            if morsel["max-age"] == "0":
                kept.pop(name, None)
            else:
                kept[name] = morsel.coded_value
    return "; ".join(f"{name}={value}" for name, value in kept.items())


def _close(body: Iterable[bytes]) -> None:
    close = getattr(body, "close", None)
    if close is not None:
        close()
