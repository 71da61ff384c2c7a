"""Two questions of whoever runs the program: does it live, may it be sent visitors (SECURITY O03). No details outside."""

import shutil
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app
from sqlalchemy import select

from admin_views.queueing import queue
from admin_views.sessions import system_session
from extensions import db, migrate
from models import Person
from models.kinds import opened

LEAST_DISK = 100 * 1024 * 1024
blueprint = Blueprint("health", __name__)


@blueprint.route("/livez")
def livez() -> Response:
    """Say that the process answers; touches nothing."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.route("/readyz")
def readyz() -> Response:
    """Say whether database, its version, keys and disk are in order; what is not stands in the log only.

    Whether a worker lives is told, and stops nobody: only long work waits for one.
    """
    for name, check in (("migrations", _migrated), ("keys", _keys_fit), ("disk", _has_room)):
        try:
            ready = check()
        except Exception:
            current_app.logger.exception("not ready: %s", name)
            ready = False
        if not ready:
            current_app.logger.error("not ready: %s", name)
            return Response("unavailable\n", 503, mimetype="text/plain")
    if queue().has_worker():
        return Response("ok\n", mimetype="text/plain")
    current_app.logger.warning("no live worker: long work waits")
    return Response("ok, no live worker\n", mimetype="text/plain")  # small work goes on


def _migrated() -> bool:
    heads = ScriptDirectory(migrate.directory).get_heads()
    with db.engine.connect().execution_options(read_only=True) as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == set(heads)


def _keys_fit() -> bool:
    """Open one stored number: a restored database with other keys is found before its first visitor."""
    with system_session(read_only=True) as session:
        person = session.scalar(select(Person).where(Person.id_no.is_not(None)).limit(1))
        return person is None or opened(person, "id_no") != ""


def _has_room() -> bool:
    return shutil.disk_usage(Path(current_app.instance_path)).free >= LEAST_DISK
