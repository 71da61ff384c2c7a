"""Error pages say what to do and nothing else: no statement, no path, no person (SECURITY D08, F04)."""

import io
import json

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from admin_views import errors
from models import Role
from tests.conftest import on_sqlite
from workflow.actors import Forbidden
from workflow.scope import OutOfScope

pytestmark = on_sqlite
NUMBER = "11010519491231002X"
STATEMENT = f"INSERT INTO person VALUES ('{NUMBER}')"


@pytest.fixture
def member(client, world, login):
    """Give a client that is logged in."""
    login(world.accounts[Role.secretariat])
    return client


@pytest.fixture
def failing(app, monkeypatch):
    """Make the first page raise an error, answered as in production."""
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def with_error(error):
        def fail():
            raise error

        monkeypatch.setitem(app.view_functions, "start", fail)

    yield with_error
    app.config["PROPAGATE_EXCEPTIONS"] = None


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (RuntimeError(STATEMENT), 500, "系统出现错误，刚才的操作没有保存"),
        (IntegrityError(STATEMENT, {"id_no": NUMBER}, ValueError(NUMBER)), 500, "系统出现错误，刚才的操作没有保存"),
        (OperationalError(STATEMENT, {}, ValueError("database is locked")), 503, "系统正忙，刚才的操作没有保存"),
        (Forbidden(NUMBER), 403, "您的账号没有这项权限"),
        (OutOfScope(NUMBER), 404, "这个页面或数据不存在，或不在您的管理范围内"),
    ],
)
def test_a_failure_is_told_in_one_sentence_with_the_request_number(member, failing, error, status, sentence):
    failing(error)
    response = member.get("/")

    assert response.status_code == status
    assert sentence in response.text
    assert response.text.count(response.headers["X-Request-ID"]) == 1
    assert [leak for leak in (NUMBER, "INSERT", "Traceback", ".py", "Error") if leak in response.text] == []


def test_a_busy_database_says_when_to_come_back(member, failing):
    failing(OperationalError(STATEMENT, {}, ValueError("locked")))

    assert member.get("/").headers["Retry-After"] == "5"


def test_an_answer_is_given_even_when_the_error_page_fails(member, failing, monkeypatch):
    failing(RuntimeError(STATEMENT))
    monkeypatch.setattr(errors, "render_template", None)
    response = member.get("/")

    assert (response.status_code, response.mimetype) == (500, "text/plain")
    assert response.text == (
        "系统出现错误，刚才的操作没有保存；请稍后重试，仍有问题请联系管理员\n"
        f"编号：{response.headers['X-Request-ID']}\n"
    )


def test_a_database_that_is_gone_leaks_nothing(member, monkeypatch):
    monkeypatch.setattr("admin_views.sessions.system_session", _gone)
    response = member.get("/account")

    assert response.status_code == 503
    assert "系统正忙，刚才的操作没有保存，请稍等片刻再试" in response.text
    assert [leak for leak in (NUMBER, "10.0.0.7", "INSERT") if leak in response.text] == []


def _gone(**_):
    raise OperationalError(STATEMENT, {}, ValueError("connection to server at 10.0.0.7 failed"))


def test_the_log_ties_a_failure_to_its_request_in_one_line_of_json(member, failing, app, monkeypatch, world):
    log = io.StringIO()
    failing(RuntimeError(STATEMENT))
    [handler] = app.logger.handlers
    monkeypatch.setattr(handler, "stream", log)
    monkeypatch.setattr(handler.formatter, "messages", False)  # as in production
    response = member.get("/?id_no=" + NUMBER)

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    [entry] = [line for line in lines if line["level"] == "error"]
    assert entry["request_id"] == response.headers["X-Request-ID"]
    assert (entry["method"], entry["path"], entry["error"]) == ("GET", "/", "RuntimeError")
    assert entry["account_id"] == world.accounts[Role.secretariat].id
    assert entry["where"][-1].endswith("fail")
    assert NUMBER not in json.dumps(lines)


def test_the_error_page_of_a_member_has_the_menu_and_a_strangers_has_not(client, world, login):
    assert 'id="menu"' not in client.get("/nothing").text
    login(world.accounts[Role.secretariat])
    assert 'id="menu"' in client.get("/nothing").text


def test_an_address_with_a_nul_is_answered_by_a_page(member):
    """It is refused before anybody is let in, so the bell of the layout has nobody to count for."""
    answer = member.get("/admin/%00x/import")
    assert answer.status_code == 400
    assert answer.mimetype == "text/html"
