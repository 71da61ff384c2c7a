"""A part of a transaction that is all or nothing, its audit entries included, and one that is nothing in any case."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

KEPT = ("trail", "files_to_remove")  # what gathers in a session until its commit


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """Undo the block's writes and forget its audit entries when it raises; what came before stays.

    The entries are put back by hand, because the trail forgets all of them on any rollback; so are the names of files
    to remove after the commit.
    """
    session.flush()
    before = _gathered(session)
    try:
        with session.begin_nested():
            yield
    except BaseException:
        _put_back(session, before)
        raise


@contextmanager
def rehearsal(session: Session) -> Iterator[None]:
    """Undo the block's writes however it ends: whoever looks at what it came to knows what doing it would come to."""
    session.flush()
    before = _gathered(session)
    nested = session.begin_nested()
    try:
        yield
    finally:
        nested.rollback()
        _put_back(session, before)


def _gathered(session: Session) -> dict[str, list[object]]:
    return {key: list(session.info.get(key, ())) for key in KEPT}


def _put_back(session: Session, gathered: dict[str, list[object]]) -> None:
    session.info.update(gathered)
    session.expire_all()  # counters and versions were written past the session, which would believe them still
