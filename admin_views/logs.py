"""The program's log: one JSON object a line, tied to a request by its number, without people's data (SECURITY D10)."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

from flask import Flask, g, has_request_context, request

from admin_views.security import request_id


class JsonLines(logging.Formatter):
    """Writes what happened and where; of an exception its kind and its places, for messages carry values."""

    def __init__(self, *, messages: bool) -> None:
        super().__init__()
        self.messages = messages

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        entry: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **_request_facts(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            entry.update(self._exception(record.exc_info[1]))
        return json.dumps(entry, ensure_ascii=False, default=str)

    def _exception(self, error: BaseException) -> dict[str, Any]:
        frames = traceback.extract_tb(error.__traceback__)
        told = {"error": type(error).__name__, "where": [f"{f.filename}:{f.lineno} {f.name}" for f in frames[-12:]]}
        return {**told, "detail": str(error)} if self.messages else told


def _request_facts() -> dict[str, Any]:
    if not has_request_context():
        return {}
    known = g.get("_login_user")  # who was loaded, without loading anybody now
    actor = getattr(known, "actor", None)
    return {
        "request_id": request_id(),
        "method": request.method,
        "path": request.path,
        "account_id": actor.account_id if actor else None,
    }


def install(app: Flask, *, messages: bool) -> None:
    """Send the application's log to standard error as JSON lines; ``messages`` (development) adds exceptions' words."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(messages=messages))
    app.logger.handlers = [handler]
    app.logger.setLevel(logging.INFO)
