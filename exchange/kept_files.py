"""Files on disk against their rows: how many and how large, rows without a file, files without a row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange import pictures
from models import Attachment, Job
from models.kinds import now
from workflow import keeping
from workflow.actors import SYSTEM, acting

YOUNG = timedelta(hours=1)  # a file being written has no row yet


@dataclass(frozen=True)
class Files:
    """What lies in a folder: files and bytes, those that no row names, and rows whose file is gone."""

    files: int
    bytes: int
    orphans: int
    orphan_bytes: int
    missing: int
    oldest: datetime | None


def _walk(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def attachments(session: Session, folder: Path) -> Files:
    """Compare the folder of handed-in pictures with their rows."""
    with acting(session, SYSTEM):
        return _compared(folder, set(session.scalars(select(Attachment.ref))))


def results(session: Session, folder: Path) -> Files:
    """Compare the folder of files that jobs have made with the jobs."""
    with acting(session, SYSTEM):
        return _compared(folder, {str(name) for name in session.scalars(select(Job.file).where(Job.file.is_not(None)))})


def _compared(folder: Path, named: set[str]) -> Files:
    files = size = orphans = orphan_size = 0
    oldest, found = float("inf"), set[str]()
    for path in _walk(folder):
        facts = path.stat()
        files, size, oldest = files + 1, size + facts.st_size, min(oldest, facts.st_mtime)
        found.add(path.name)
        if path.name not in named:
            orphans, orphan_size = orphans + 1, orphan_size + facts.st_size
    since = datetime.fromtimestamp(oldest, now().tzinfo) if files else None
    return Files(files, size, orphans, orphan_size, len(named - found), since)


def remove_orphans(session: Session, files: Path, made: Path) -> int:
    """Remove what no row names, in both folders, save what is young; return how many files went."""
    with acting(session, SYSTEM):
        named = {
            *session.scalars(select(Attachment.ref)),
            *session.scalars(select(Job.file).where(Job.file.is_not(None))),
        }
    gone = 0
    for folder in (files, made):
        for path in _walk(folder):
            age = now() - datetime.fromtimestamp(path.stat().st_mtime, now().tzinfo)
            if path.name not in named and age > YOUNG:
                path.unlink(missing_ok=True)
                gone += 1
    return gone


def tools(sessions: Callable[..., Session], files: Path, made: Path) -> keeping.Tools:
    """Return what the erasing needs of the files."""
    return keeping.Tools(
        sessions=sessions, forget_file=lambda ref: pictures.forget(files, ref), report=keeping.report,
        forget_result=lambda name: (made / name).unlink(missing_ok=True),
        remove_orphans=lambda session: remove_orphans(session, files, made),
    )  # fmt: skip
