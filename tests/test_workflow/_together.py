"""Clerks who press the button at the same moment: real threads, each with a session of its own."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Engine, create_engine, select, update
from sqlalchemy.exc import DBAPIError

from models import Batch
from workflow import engine
from workflow.engine import AlreadyDone, ForeignRows


def together(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all works at once; return what each returned, in order (the exception where it raised one)."""
    start = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(number: int) -> None:
        start.wait()
        try:
            results[number] = works[number]()
        except Exception as error:  # noqa: BLE001 - whatever happens is the finding
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def mover(sessions: Any, actor: Any, noun: str, name: str, row_id: int, answers: dict[str, Any] | None = None) -> Any:
    """Return a work that runs a move on one row and tells "done", or in a word why not."""

    def work() -> str:
        with sessions(info={"actor": actor}) as session:
            try:
                batch = engine.run(session, actor, noun, name, [row_id], answers)
                row = engine.receipt_rows(session, batch)[0]
                word = row.refusal or "done"
                session.commit()
            except ForeignRows:
                word = "foreign"
            return word

    return work


def confirmer(sessions: Any, actor: Any, batch_id: int, signature: str, answers: dict[str, Any] | None = None) -> Any:
    """Return a work that confirms a previewed batch and tells what came of it."""

    def work() -> str:
        with sessions(info={"actor": actor}) as session:
            batch = session.get_one(Batch, batch_id)
            try:
                found = engine.confirm(session, actor, batch, answers or {}, signature)
            except AlreadyDone:
                return "AlreadyDone"
            session.commit()
            return type(found).__name__

    return work


def careless(url: str, model: Any, key: int, inner: str, limit: int, step: int = 1) -> tuple[Engine, Callable[[], str]]:
    """Return a work without the guard: read, check, add, write, as a program does that trusts what it read."""
    engine_ = create_engine(url, pool_size=40)
    column, where = getattr(model, inner), model.id == key

    def work() -> str:
        with engine_.connect() as connection:
            used = connection.execute(select(column).where(where)).scalar_one()
            if used + step > limit:
                return "refused"
            time.sleep(0.01)
            try:
                connection.execute(update(model).where(where).values({inner: used + step}))
                connection.commit()
            except DBAPIError:
                return "error"
            return "done"

    return engine_, work
