"""A page in parts is led on within one request, as a browser would go there, and nowhere but to addresses of ours."""

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from admin_views.following import FARTHEST, Following
from models import Role
from tests import factories
from tests.browser import token
from tests.conftest import on_sqlite

PART = {"X-Part": "1"}


class Led:
    """An application whose answers are given by path; it keeps what it was asked."""

    def __init__(self, **answers):
        self.answers, self.asked, self.closed = answers, [], []

    def __call__(self, environ, start_response):
        request = Request(environ)
        self.asked.append((request.method, request.full_path.rstrip("?"), request.get_data(), dict(request.cookies)))
        answer = self.answers[request.path.strip("/")]()
        answer.call_on_close(lambda: self.closed.append(request.path))
        return answer(environ, start_response)

    def open(self, path, **sent):
        return Client(Following(self), use_cookies=False).open(path, **{"method": "POST", "headers": PART, **sent})


def leads(to, status=303, **cookies):
    def answer():
        made = Response(status=status, headers={"Location": to})
        for name, value in cookies.items():
            if value:
                made.set_cookie(name, value)
            else:
                made.delete_cookie(name)
        return made

    return answer


def page(text="page"):
    return lambda: Response(text)


def test_a_form_is_answered_by_the_page_it_leads_to():
    app = Led(form=leads("/list?page=2&name=%E6%A6%95#rows"), list=page("rows"))
    answer = app.open("/form", data={"a": "1"})
    assert (answer.status_code, answer.text, answer.headers["X-Address"]) == (
        200, "rows", "/list?page=2&name=%E6%A6%95#rows",
    )  # fmt: skip
    assert [asked[:3] for asked in app.asked] == [
        ("POST", "/form", b"a=1"), ("GET", "/list?page=2&name=%E6%A6%95", b""),
    ]  # fmt: skip
    assert app.closed == ["/form"]  # the last one is closed by the server that sends it


def test_cookies_of_the_first_answer_reach_the_second_and_the_browser():
    app = Led(form=leads("/list", session="new", gone=""), list=page())
    answer = app.open("/form", headers={**PART, "Cookie": "session=old; gone=1; theme=dark"})
    assert app.asked[1][3] == {"session": "new", "theme": "dark"}
    assert [line.split(";")[0] for line in answer.headers.getlist("Set-Cookie")] == ["session=new", "gone="]


@pytest.mark.parametrize("to", ["//evil.example/list", "https://evil.example/list", "list"])
def test_an_address_that_is_not_ours_is_left_to_the_browser(to):
    app = Led(form=leads(to), list=page())
    answer = app.open("/form")
    assert (answer.status_code, answer.headers["Location"], len(app.asked)) == (303, to, 1)
    assert "X-Address" not in answer.headers


def test_what_must_be_sent_again_and_who_did_not_ask_for_a_part_is_not_led():
    again = Led(form=leads("/list", status=307), list=page())
    assert (again.open("/form").status_code, len(again.asked)) == (307, 1)
    whole = Led(form=leads("/list"), list=page())
    assert (whole.open("/form", headers={}).status_code, len(whole.asked)) == (303, 1)


def test_a_circle_ends():
    app = Led(form=leads("/form"))
    assert (app.open("/form").status_code, len(app.asked)) == (303, FARTHEST + 1)


@on_sqlite
def test_who_logs_in_by_a_part_is_at_the_desk(client, world):
    name = world.accounts[Role.sub_delegation].username
    sent = {"username": name, "password": factories.PASSWORD, "csrf_token": token(client)}
    answer = client.post("/login", data=sent, headers=PART)
    assert (answer.status_code, answer.headers["X-Address"], 'class="desk"' in answer.text) == (200, "/admin/", True)
    assert client.get("/admin/").status_code == 200
