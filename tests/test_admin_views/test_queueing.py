"""The queue carries references, signed, and tells whether somebody works; when it is away nothing is lost but time."""

import pickle
import sqlite3
import time

import pytest
from huey import RedisHuey

from admin_views.queueing import ALIVE, Queue
from tests.conftest import on_sqlite

SECRET = "tests-0123456789-abcdefghijklmnop"


@pytest.fixture
def queue(tmp_path):
    made = Queue("", tmp_path, SECRET)
    yield made
    made.huey.storage.close()


def work(queue):
    """Take what is in the queue, as a worker does."""
    while task := queue.huey.dequeue():
        queue.huey.execute(task)


def test_a_reference_goes_from_one_process_to_another(queue, tmp_path):
    done: list[str] = []
    other = Queue("", tmp_path, SECRET)
    other.run = done.append
    queue.deliver("23456789AB")
    queue.deliver("23456789AC")
    assert not queue.is_empty()

    work(other)
    assert (done, queue.is_empty()) == (["23456789AB", "23456789AC"], True)
    other.huey.storage.close()


def test_what_was_not_signed_with_our_secret_is_never_unpacked(queue, tmp_path):
    class Harm:
        def __reduce__(self):
            return (tmp_path.joinpath("harm").touch, ())

    queue.huey.storage.enqueue(pickle.dumps(Harm()))
    with pytest.raises(ValueError, match=r"Separator|Signature"):
        queue.huey.dequeue()
    assert not tmp_path.joinpath("harm").exists()


def test_a_worker_is_known_by_its_last_sign_of_life(queue, monkeypatch):
    assert not queue.has_worker()
    queue.beat()
    assert queue.has_worker()
    later = time.time() + ALIVE + 1
    monkeypatch.setattr("admin_views.queueing.time.time", lambda: later)
    assert not queue.has_worker()


@on_sqlite
def test_a_queue_that_is_away_takes_nothing_and_breaks_nothing(app, tmp_path):
    away = Queue("", tmp_path / "missing", SECRET)
    with app.app_context():
        away.deliver("23456789AB")
        assert not away.has_worker()
    with pytest.raises(sqlite3.OperationalError):
        away.is_empty()


def test_one_setting_names_a_redis_server_for_many_machines(tmp_path):
    queue = Queue("rediss://fair:Kennwort@queue.example:6380/1", tmp_path, SECRET)
    facts = queue.huey.storage.pool.connection_kwargs

    assert isinstance(queue.huey, RedisHuey)
    assert (facts["host"], facts["port"], facts["db"], facts["username"]) == ("queue.example", 6380, 1, "fair")
    assert queue.huey.serializer.secret == SECRET.encode()
