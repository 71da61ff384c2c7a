"""Addresses within the back office: where a page was come from, the parts of a long list."""

from typing import Any
from urllib.parse import urlencode

from flask import g, request, url_for

SIZES = (50, 100, 200)
LONGEST = 4000


def inside(text: str | None) -> str:
    """Return the address if it is a page of the back office, else nothing: a form must not lead anywhere else."""
    if not text or not text.startswith("/admin/") or not text.isprintable() or len(text) > LONGEST:
        return ""
    return "" if "//" in text or "\\" in text else text


def came_from() -> str:
    """Return the page of ours that the request came from, or nothing."""
    came = request.referrer or ""
    return inside("/" + came.removeprefix(request.host_url)) if came.startswith(request.host_url) else ""


def pager(base: str, total: int, **kept: str) -> dict[str, Any]:
    """Read page and size from the address and return the pager's words, with ``page`` within what there is."""
    size = next((size for size in SIZES if request.args.get("size") == str(size)), SIZES[1])
    last = max(1, -(-total // size))
    wanted = request.args.get("page", "")
    page = min(int(wanted), last) if wanted.isascii() and wanted.isdigit() and 0 < len(wanted) < 8 else 1
    page = max(1, page)

    def address(number: int, rows: int = size) -> str:
        return f"{base}?{urlencode({**{k: v for k, v in kept.items() if v}, 'page': number, 'size': rows})}"

    return {
        "total": total, "total_is_capped": False, "page": page, "page_size": size,
        "page_sizes": [(rows, address(1, rows), rows == size) for rows in SIZES],
        "first_url": address(1) if page > 1 else None, "prev_url": address(page - 1) if page > 1 else None,
        "next_url": address(page + 1) if page < last else None,
    }  # fmt: skip


def sprite() -> str:
    """Return the address of the icons, looked up once per request: a page names some fifty."""
    if "sprite" not in g:
        g.sprite = url_for("static", filename="vendor/tabler-icons-3.51.0/sprite.svg")
    address: str = g.sprite
    return address
