"""The application as a logged-in browser meets it, in this process: no network, no other worker."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_views.passwords import set_password
from admin_views.sessions import system_session
from bench import data
from models import Account
from tests.browser import log_in

PASSWORD = "pine-Harbour-47-violet"


def visitor(url: str, username: str) -> tuple[Flask, FlaskClient]:
    """Return the application on a database of the demonstration and a browser in which that account is logged in."""
    app = data.application(url)
    with app.app_context(), system_session() as session:
        set_password(session.scalars(select(Account).where(Account.username == username)).one(), PASSWORD)
    client = app.test_client()
    answer = log_in(client, username, PASSWORD)
    if answer.status_code != 302 or "login" in answer.location:
        raise RuntimeError(f"{username} could not log in: {answer.status}")
    return app, client
