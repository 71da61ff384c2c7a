"""What no page of ours sends, by the place where it is put, and a sender that notes what broke on it."""

import sys
from typing import Any
from urllib.parse import quote

from tests.test_scope._arena import Arena, Seat
from tests.test_scope._oracles import TELLS

WORDS = (
    "abc", "-1", "0", "1,2", "9" * 10, "9" * 11, "9" * 30, "1e999", "NaN", "²", "１２", "'", "%", "_", "\\", "😀𠮷", "长" * 200,
    "2024-02-30", "9999-12-31", "0001-01-01", "2199-12-31", "1 OR 1=1", "\u202e\u200b", "\x1f",
)  # fmt: skip
BYTES = ("%ed%a0%80", "%ff%fe", "%00", "%c0%80", "+", "%")  # as they stand in an address or a form
CURSORS = (
    "NaN", "sNaN", "Infinity", "-Infinity", "1e999999", "1e-999999", "-1", "", "abc", "²", "9" * 40, "9" * 5000, "2024-13-01",
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1900-01-01T00:00:00+00:00", "0001-01-01", "9999-12-31",
)  # fmt: skip
IDS = (
    "abc", "-1", "1,2", "1 OR 1=1", str(2**31), str(2**63), str(10**20), "9" * 400, "1.0", "²", "１２", "", "%00", "%ff", "..",
)  # fmt: skip
BY_KIND = {
    "text": ("长" * 5000, "😀𠮷\u202e", "%"), "code": ("²" * 18, "x" * 5000), "sealed": ("²" * 18, "x" * 41, "0"),
    "number": ("NaN", "1e400000", "1e-400000", "-1", "9" * 30, "²", "1.5"), "money": ("Infinity", "1e400000", "-1", "9" * 30, "0.001"),
    "link": ("²", "9" * 10, "9" * 18, "-1", "abc"), "date": ("0000-00-00", "2024-02-30", "99999999", "²"),
    "moment": ("2024-02-30T99:99", "9999-12-31T24:00", "²"), "enum": ("nothing", "²"), "bool": ("maybe",),
}  # fmt: skip
WRITERS = {"fee": "finance", "edition": "sysadmin", "delegation": "sysadmin"}  # the secretariat writes the others


class Junk:
    """Sends requests and notes which ones failed."""

    def __init__(self, arena: Arena) -> None:
        self.arena, self.failed, self.sent = arena, list[str](), 0

    def ask(self, seat: Seat, address: str, **options: Any) -> Any:
        """Send one request, with the reader's token before its body, be that fields or a text as it stands."""
        if isinstance(body := options.get("data"), str):
            options["data"] = f"csrf_token={quote(seat.token)}&{body}"
            options["content_type"] = "application/x-www-form-urlencoded"
        elif body is not None and "content_type" not in options:
            options["data"] = {"csrf_token": seat.token, **body}
        answer = seat.client.open(address, method="GET" if body is None else "POST", buffered=True, **options)
        self.sent += 1
        told = TELLS.search(answer.text) if answer.status_code >= 400 else None
        if answer.status_code >= 500 or told:
            self.failed.append(f"{answer.status_code} {told} {address[:200]} {str(body)[:200]}")
        return answer

    def over(self) -> list[str]:
        """Put everything back, say how many were sent, and return what failed."""
        self.arena.vault.put_back(self.arena.vault.changed())
        sys.stdout.write(f"\n{self.sent} requests\n")
        return self.failed
