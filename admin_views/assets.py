"""The style sheets and scripts: an address that names their version may be kept for ever; those of a page come as one file each."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

from admin_views.bundles import bundled

KEPT_KINDS = (".css", ".js", ".svg")
ENTRIES = {"app.css": "text/css", "app.js": "text/javascript"}  # what pages name; they take in all others
VENDOR = "vendor"  # its folders name their versions themselves


def install(app: Flask) -> None:
    """Serve the static files also below their version, and give templates ``asset`` for the address."""
    app.config["ASSET_VERSION"] = version_of(Path(app.static_folder or ""))
    app.view_functions["static"] = _serve  # Flask's own rule knows no version
    app.add_url_rule("/static/v/<version>/<path:filename>", endpoint="static")
    app.jinja_env.globals.update(asset=asset, asset_version=app.config["ASSET_VERSION"], mark_of=mark_of)


def version_of(folder: Path) -> str:
    """Return a mark of our own style sheets, scripts and pictures, which changes with any of them."""
    ours = (path for path in folder.rglob("*") if path.suffix in KEPT_KINDS and VENDOR not in path.parts)
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(ours))).hexdigest()[:12]


def mark_of(text: str) -> str:
    """Return a short mark that stands for a piece of a page, the same as long as it is."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def asset(filename: str) -> str:
    """Return the address of a file of ours at its present version."""
    return url_for("static", filename=filename, version=current_app.config["ASSET_VERSION"])


def is_lasting() -> bool:
    """Whether what the request asks for can never change under its address."""
    named = request.view_args or {}
    return named.get("version") == current_app.config["ASSET_VERSION"] or named.get("filename", "").startswith(
        "vendor/"
    )


def _serve(filename: str, version: str = "") -> Response:  # noqa: ARG001 - other versions get what there is now, not kept
    if filename not in ENTRIES:
        return current_app.send_static_file(filename)
    text = _entry(Path(current_app.static_folder or "") / filename, current_app.config["ASSET_VERSION"])
    answer = Response(text, mimetype=ENTRIES[filename])
    answer.set_etag(hashlib.sha256(text.encode()).hexdigest()[:24])
    answer.make_conditional(request)
    return answer


@cache
def _entry(path: Path, version: str) -> str:  # noqa: ARG001 - made again only for another version
    return bundled(path)
