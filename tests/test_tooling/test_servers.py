"""The PostgreSQL server of the tests: real, shared, gone afterwards, never skipped."""

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests import servers

pytestmark = pytest.mark.postgres


def answer(url, statement):
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return connection.execute(text(statement)).scalar_one()


def test_the_server_is_real_and_sorts_by_code_point(postgres):
    url = postgres.new_database("tooling_empty")

    assert answer(url, "SELECT datcollate FROM pg_database WHERE datname = current_database()") == "C.UTF-8"
    assert answer(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    postgres.drop_database("tooling_empty")


def test_a_database_can_be_copied_and_made_afresh(postgres):
    engine = create_engine(postgres.new_database("tooling_template"), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE unit AS SELECT generate_series(1, 3) AS id"))
    copy = postgres.new_database("tooling_copy", template="tooling_template")

    assert answer(copy, "SELECT count(*) FROM unit") == 3
    postgres.new_database("tooling_copy")
    assert answer(copy, "SELECT count(*) FROM pg_tables WHERE tablename = 'unit'") == 0
    postgres.drop_database("tooling_copy")
    postgres.drop_database("tooling_template")


def test_all_workers_share_one_server(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as run:
        first = servers.shared_server(tmp_path, run.pid)
        second = servers.shared_server(tmp_path, run.pid)

        assert first == second
        assert answer(first.url(), "SELECT 1") == 1
        run.kill()  # the hardest end a run can have
    deadline = time.monotonic() + 20
    while Path(first.folder).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(first.folder).exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=first.folder, port=servers.PORT, user="postgres")


def test_the_embedded_binaries_serve_where_debian_has_none():
    with servers.running_server(servers.embedded_binaries()) as server:
        assert answer(server.url(), "SELECT current_setting('server_version_num')::int / 10000") == 18
        assert answer(server.url(), "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'") == 1
    assert not Path(server.folder).exists()


def test_without_any_binaries_there_is_a_sentence_and_no_skip(monkeypatch):
    monkeypatch.setattr(servers, "debian_binaries", lambda: None)
    monkeypatch.setattr(servers, "embedded_binaries", lambda: None)

    with pytest.raises(servers.NoServer, match=r"没有可用的 PostgreSQL.*No PostgreSQL server was found"):
        servers.running_server().__enter__()
