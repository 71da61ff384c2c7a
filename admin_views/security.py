"""What every answer carries and every request must keep to (SECURITY I11-I14, O06, D09)."""

import secrets
import uuid

from flask import Flask, Response, abort, current_app, g, request
from flask_login import current_user

from admin_views import assets
from exchange.sealed_file import MOST_BYTES

FORM_BYTES = 1024 * 1024
UPLOAD_BYTES = 20 * 1024 * 1024
MOST_FIELDS = 2000
PACKAGES = "/admin/transfer_package/import"  # a unit with its pictures is larger than any table
YEAR = 365 * 24 * 3600
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def csp_nonce() -> str:
    """Return this answer's nonce for script elements."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def request_id() -> str:
    """Return this request's number, which logs, audit rows and error pages share."""
    if "request_id" not in g:
        g.request_id = uuid.uuid4().hex
    number: str = g.request_id
    return number


def install(app: Flask) -> None:
    """Put the limits before, and the headers after, everything else."""
    app.before_request(_refuse_junk)
    app.after_request(_protect)
    app.jinja_env.globals["csp_nonce"] = csp_nonce


def _refuse_junk() -> None:
    """Refuse what no form of ours sends: too much, too many fields, characters PostgreSQL cannot store."""
    _limit_size()
    if "\0" in request.path or any("\0" in text for pair in request.args.items(multi=True) for text in pair):
        abort(400)
    if request.mimetype == "application/x-www-form-urlencoded" and request.get_data().count(b"&") >= MOST_FIELDS:
        abort(413)
    if any("\0" in text for pair in request.form.items(multi=True) for text in pair):
        abort(400)


def _limit_size() -> None:
    """Only somebody who is logged in may send a file."""
    if request.mimetype == "multipart/form-data" and current_user.is_authenticated:
        packed = request.path == PACKAGES
        request.max_content_length = MOST_BYTES + FORM_BYTES if packed else UPLOAD_BYTES


def _protect(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=csp_nonce()))
    response.headers["X-Request-ID"] = request_id()
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
    response.headers["Cache-Control"] = _caching(response)
    return response


def _caching(response: Response) -> str:
    """Keep nothing but our own static files, and those for long whose address names their version."""
    if request.endpoint != "static" or response.status_code >= 400:
        return "no-store"
    return f"public, max-age={YEAR}, immutable" if assets.is_lasting() else "no-cache"
