"""What every answer carries, and what no request may do, whoever asks (SECURITY I11-I14, O06, D09)."""

import re

import pytest
from flask import request

from app import create_app
from models import Role
from settings import Settings
from tests.browser import token
from tests.conftest import ENVIRONMENT, on_sqlite

pytestmark = on_sqlite
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POLICY = (
    r"default-src 'self'; script-src 'self' 'nonce-([\w-]{22})'; style-src 'self'; img-src 'self' data:; "
    r"object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


def protected(response):
    """Return what is missing or different among the headers of an answer."""
    wrong = {name: response.headers.get(name) for name, value in ALWAYS.items() if response.headers.get(name) != value}
    if not re.fullmatch(POLICY, response.headers.get("Content-Security-Policy", "")):
        wrong["Content-Security-Policy"] = response.headers.get("Content-Security-Policy")
    if not re.fullmatch(r"[0-9a-f]{32}", response.headers.get("X-Request-ID", "")):
        wrong["X-Request-ID"] = response.headers.get("X-Request-ID")
    return wrong


@pytest.fixture
def broken(app, monkeypatch):
    """Give an address whose view fails with a person's number in its message."""
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail():
        raise RuntimeError("SELECT 11010519491231002X FROM person")

    monkeypatch.setitem(app.view_functions, "health.livez", fail)
    yield "/livez"
    app.config["PROPAGATE_EXCEPTIONS"] = None


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/login", "GET", 200),
        ("/", "GET", 302),
        ("/admin/", "GET", 302),
        ("/no-such-page", "GET", 404),
        ("/logout", "GET", 405),
        ("/login", "POST", 400),
        ("/livez", "GET", 200),
        ("/static/app.css", "GET", 200),
        ("/static/missing.css", "GET", 404),
        ("/language/fr", "GET", 404),
    ],
)
def test_every_answer_is_protected(client, path, method, status):
    response = client.open(path, method=method, buffered=True)

    assert (response.status_code, protected(response)) == (status, {})


def test_answers_too_large_and_broken_are_protected_too(client, broken):
    large = client.post("/login", data=b"x" * (1024 * 1024 + 1), content_type="application/x-www-form-urlencoded")
    failed = client.get(broken)

    assert (large.status_code, protected(large)) == (413, {})
    assert (failed.status_code, protected(failed)) == (500, {})


def test_each_answer_has_its_own_nonce_and_number(client):
    answers = [client.get("/login") for _ in range(3)]

    assert len({answer.headers["Content-Security-Policy"] for answer in answers}) == 3
    assert len({answer.headers["X-Request-ID"] for answer in answers}) == 3


@pytest.mark.parametrize("path", ["/login", "/livez", "/no-such-page", "/static/missing.css"])
def test_pages_are_kept_by_nobody(client, path):
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_static_files_are_kept_for_long_when_their_address_names_their_version(app, client):
    kept = "public, max-age=31536000, immutable"

    def caching(path):
        return client.get(path, buffered=True).headers["Cache-Control"]

    assert caching(f"/static/v/{app.config['ASSET_VERSION']}/app.css") == kept
    assert caching("/static/v/1/app.css") == "no-cache"
    assert caching("/static/vendor/tabler-core-1.4.0/tabler.min.css") == kept
    assert caching("/static/app.css") == "no-cache"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "[::1", "a b"])
def test_another_host_is_refused_in_one_plain_sentence(client, host):
    response = client.get("/login", headers={"Host": host})

    assert (response.status_code, response.mimetype, protected(response)) == (400, "text/plain", {})
    assert response.text.splitlines()[0] == "访问地址（Host）不在允许的范围内，请使用本系统的正式域名访问"
    assert "Set-Cookie" not in response.headers


def test_a_forwarded_host_and_address_mean_nothing_without_a_proxy(client):
    with client:
        client.get("/login", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "203.0.113.9"})

        assert (request.host, request.remote_addr) == ("localhost", "127.0.0.1")


def test_a_write_without_a_token_or_with_a_foreign_one_is_refused(app, client, world, login):
    login(world.accounts[Role.secretariat])
    foreign = token(app.test_client())

    for data in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": foreign}):
        answer = client.post("/account", data={"language": "en", **data})
        assert (answer.status_code, protected(answer)) == (400, {})
        assert "页面已过期或来源不明，内容没有保存" in answer.text
    assert client.post("/logout").status_code == 400
    assert client.get("/account").status_code == 200


def test_junk_asked_for_by_somebody_at_the_desk_gets_a_page_with_a_sentence(client, world, login):
    """The answer is given before anybody is let in: its frame must ask nothing in the reader's name."""
    login(world.accounts[Role.sub_delegation])
    answer = client.get("/admin/%00x/")

    assert (answer.status_code, "这个请求的内容不完整或有误" in answer.text) == (400, True)


@pytest.mark.parametrize("path", ["/login?next=%00", "/login?%00=1", "/nothing%00here"])
def test_characters_no_database_takes_are_refused(client, path):
    assert client.get(path).status_code == 400


def test_a_form_with_such_a_character_is_refused(client):
    data = {"csrf_token": token(client), "username": "a\0b", "password": "x"}

    assert client.post("/login", data=data).status_code == 400


def test_a_form_of_too_many_fields_is_refused(client):
    fields = "&".join(f"id={number}" for number in range(2001))

    assert client.post("/login", data=fields, content_type="application/x-www-form-urlencoded").status_code == 413


def test_a_large_file_is_taken_only_from_those_who_are_logged_in(client, world, login):
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="quota.xlsx"\r\n\r\n'
    upload = {
        "data": head + b"x" * 2 * 1024 * 1024 + b"\r\n--cut--\r\n",
        "content_type": "multipart/form-data; boundary=cut",
    }
    stranger = client.post("/login", **upload)
    login(world.accounts[Role.secretariat])
    member = client.post("/account", **upload)

    assert stranger.status_code == 413
    assert member.status_code == 400  # it arrived, and lacks a token


def test_over_https_cookies_are_bound_to_the_host_and_the_browser_stays_with_https(tmp_path, database):

    environment = {**ENVIRONMENT, "EXPO_DATABASE_URL": database.url, "EXPO_HTTPS": "1"}
    client = create_app(Settings.from_environment(environment, tmp_path)).test_client()
    response = client.get("/login", base_url="https://localhost")

    name, *attributes = response.headers["Set-Cookie"].split("; ")
    assert name.partition("=")[0] == "__Host-session"
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_behind_a_proxy_the_visitors_own_address_counts_and_the_host_stays_ours(tmp_path, database):

    environment = {**ENVIRONMENT, "EXPO_DATABASE_URL": database.url, "EXPO_PROXIES": "1"}
    forwarded = {
        "X-Forwarded-For": "198.51.100.1, 203.0.113.9",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
    }
    with create_app(Settings.from_environment(environment, tmp_path)).test_client() as client:
        client.get("/login", headers=forwarded)

        assert (request.remote_addr, request.host, request.scheme) == ("203.0.113.9", "localhost", "https")
