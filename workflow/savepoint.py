"""A part of a transaction that is all or nothing, its audit entries included."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """Undo the block's writes and forget its audit entries when it raises; what came before stays.

    The entries are put back by hand, because the trail forgets all of them on any rollback.
    """
    session.flush()
    before = list(session.info.get("trail", ()))
    try:
        with session.begin_nested():
            yield
    except BaseException:
        session.info["trail"] = before
        session.expire_all()  # counters and versions were written past the session, which would believe them still
        raise
