"""Browsers that have entered before: a signed cookie, so that a flood of guesses elsewhere locks nobody out (A05)."""

import hashlib
import secrets

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

KEPT = 180 * 24 * 3600
MOST_ACCOUNTS = 10  # of one browser, at a shared desk


def known(username: str) -> str:
    """Return this browser's number if the account has entered from it, else an empty text."""
    device, accounts = _read()
    return device if _mark(username) in accounts else ""


def remember(response: Response, username: str) -> None:
    """Note in the browser that the account has entered from it."""
    device, accounts = _read()
    mark = _mark(username)
    kept = [mark, *(other for other in accounts if other != mark)][:MOST_ACCOUNTS]
    value = _serializer().dumps([device or secrets.token_urlsafe(16), kept])
    response.set_cookie(
        _name(),
        value,
        max_age=KEPT,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )


def _read() -> tuple[str, list[str]]:
    try:
        device, accounts = _serializer().loads(request.cookies.get(_name(), ""), max_age=KEPT)
    except BadSignature:
        return "", []
    return device, accounts


def _name() -> str:
    return "__Host-device" if current_app.config["SESSION_COOKIE_SECURE"] else "device"


def _mark(username: str) -> str:
    return hashlib.sha256(username.lower().encode()).hexdigest()[:16]


def _serializer() -> URLSafeTimedSerializer:
    keys = [*(current_app.config["SECRET_KEY_FALLBACKS"] or []), current_app.config["SECRET_KEY"]]  # the last one signs
    return URLSafeTimedSerializer(keys, salt="device")
