"""Answers leave compressed where the browser takes that: pages as they are made, static files once for all.

A compressed page's length could tell what it says, to somebody who has a victim's browser ask again and again for a page
that repeats a guess (BREACH). Each page therefore carries padding of random length, as Django's does; besides, the session
cookie is sent to no frame or picture on another site, and a token in a form is signed anew every second.
"""

import gzip
import io
import secrets
from functools import lru_cache

from flask import Flask, Response, request

KINDS = ("text/", "application/json", "image/svg+xml")
LEAST = 500  # bytes: less is one packet either way
PAGE_LEVEL, FILE_LEVEL = 4, 9
MOST_PADDING = 100  # bytes


def install(app: Flask) -> None:
    """Compress what is made after this."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if not (response.mimetype or "").startswith(KINDS):
        return response
    response.vary.add("Accept-Encoding")
    if (
        not request.accept_encodings.quality("gzip")
        or response.status_code in (204, 206, 304)
        or request.method == "HEAD"
    ):
        return response
    if request.endpoint == "static":
        response.direct_passthrough = False
        data = _file(response.get_data())
        if tag := response.get_etag()[0]:
            response.set_etag(tag, weak=True)  # the same words in other bytes
    elif response.is_streamed or response.content_encoding or (response.content_length or 0) < LEAST:
        return response
    else:
        data = packed(response.get_data(), PAGE_LEVEL, secrets.randbelow(MOST_PADDING) + 1)
    response.set_data(data)
    response.content_encoding = "gzip"
    return response


def packed(data: bytes, level: int, padding: int = 0) -> bytes:
    """Return the bytes as gzip; ``padding`` of so many bytes goes where a file's name would stand."""
    buffer = io.BytesIO()
    with gzip.GzipFile("x" * padding, "wb", level, buffer, mtime=0) as file:
        file.write(data)
    return buffer.getvalue()


@lru_cache(maxsize=200)
def _file(data: bytes) -> bytes:
    """Return a static file compressed as small as it gets."""
    return packed(data, FILE_LEVEL)
