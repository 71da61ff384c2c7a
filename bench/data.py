"""Databases to measure on, made once by the demonstration's loader and kept in a folder outside the project.

``BENCH_DATA`` names the folder (default ``/tmp/expo-bench``); remove it to have the data made anew.
"""

import os
import resource
import shutil
import sys
import time
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from admin_views.sessions import system_session
from app import create_app
from demo.load import load
from extensions import db
from models.keyring import KeyRing, use
from settings import Settings

FOLDER = Path(os.environ.get("BENCH_DATA") or "/tmp/expo-bench")
SEED = 7


def say(*words: object) -> None:
    """Tell what is going on, apart from the table."""
    print(*words, file=sys.stderr, flush=True)


def application(url: str) -> Flask:
    """Return the application on a database; its keys are those of the folder, so that all its databases open."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    return create_app(Settings.from_environment({"EXPO_DATABASE_URL": url}, FOLDER))


def sqlite(name: str, units: int, persons: float) -> str:
    """Return the address of a migrated SQLite database with that many units and persons a unit, made if missing."""
    path = FOLDER / f"{name}.db"
    if not path.exists():
        draft = FOLDER / f"{name}.draft.db"
        for suffix in ("", "-wal", "-shm"):
            Path(f"{draft}{suffix}").unlink(missing_ok=True)
        fill(f"sqlite:///{draft}", units, persons)
        draft.rename(path)
    use_keys()
    return f"sqlite:///{path}"


def use_keys() -> None:
    """Take the folder's keys for what runs without the application."""
    settings = Settings.from_environment({}, FOLDER)
    use(KeyRing(dict(settings.data_keys), settings.data_keys[-1][0], settings.index_key))


def fill(url: str, units: int, persons: float) -> None:
    """Migrate an empty database and load it; tell how long it took and how much memory."""
    app = application(url)
    started = time.perf_counter()
    with app.app_context():
        upgrade()
        with system_session() as session:
            load(session, units, SEED, persons_per_unit=persons)
        db.engine.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    say(f"{units} units with {persons:g} persons each: {time.perf_counter() - started:.0f} s, peak {peak} MB")


def copy_of(url: str) -> str:
    """Return the address of a fresh copy of a SQLite database, to be changed at will."""
    source = Path(url.removeprefix("sqlite:///"))
    target = source.with_suffix(".copy.db")
    for suffix in ("-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)
    shutil.copy(source, target)
    return f"sqlite:///{target}"
