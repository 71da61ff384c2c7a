"""Guessing is slow, whatever worker one asks; and nobody can lock an owner out of a known browser (SECURITY A04, A05)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from admin_views import passwords, throttle
from app import create_app
from models import LoginAttempt, Role
from models.kinds import now
from settings import Settings
from tests import factories
from tests.browser import log_in, submit
from tests.conftest import ENVIRONMENT


@pytest.fixture
def other_app(database, tmp_path):
    """Give a second worker on the same database."""
    made = create_app(Settings.from_environment({**ENVIRONMENT, "EXPO_DATABASE_URL": database.url}, tmp_path))
    yield made
    with made.app_context():
        from extensions import db  # noqa: PLC0415 - beside the application it belongs to

        db.engine.dispose()


@pytest.fixture
def clerk(world):
    return world.accounts[Role.sub_delegation]


@pytest.fixture
def looked_at(monkeypatch):
    """Count the passwords that are really compared."""
    compared = []
    verify = passwords.matches

    def matches(stored, typed):
        if stored:
            compared.append(typed)
        return verify(stored, typed)

    monkeypatch.setattr(passwords, "matches", matches)
    return compared


def wrong(app, account, times, address="127.0.0.1"):
    for _ in range(times):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        log_in(client, account.username, "wrong")


def enters(app, account, address="127.0.0.1"):
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return log_in(client, account.username, factories.PASSWORD).status_code == 302


def age_attempts(system, past):
    with system() as session:
        for row in session.scalars(select(LoginAttempt)):
            row.at = now() - past


def count(system):
    with system() as session:
        return session.scalar(select(func.count(LoginAttempt.id)))


def test_of_twenty_tries_over_two_workers_five_are_looked_at(app, other_app, clerk, looked_at):
    for number in range(10):
        wrong(app, clerk, 1, f"192.0.2.{number}")
        wrong(other_app, clerk, 1, f"198.51.100.{number}")

    assert looked_at == ["wrong"] * 5
    assert not enters(app, clerk)


def test_of_tries_at_the_same_moment_five_at_most_are_admitted(app, clerk):
    def attempt(number):
        with app.app_context():
            return throttle.admit(throttle.count_key("secret", clerk.username), f"192.0.2.{number}")

    with ThreadPoolExecutor(8) as pool:
        admitted = [found for found in pool.map(attempt, range(24)) if found is not None]

    assert len(admitted) <= 5
    assert len(set(admitted)) == len(admitted)


def test_four_wrong_and_one_right_enter_and_the_count_begins_anew(app, clerk, system):
    wrong(app, clerk, 4)
    assert enters(app, clerk)
    assert count(system) == 0
    wrong(app, clerk, 4)
    assert enters(app, clerk)


def test_fifteen_minutes_after_the_oldest_the_door_opens_again(app, clerk, system):
    wrong(app, clerk, 5)
    age_attempts(system, timedelta(minutes=14, seconds=50))
    assert not enters(app, clerk)
    age_attempts(system, timedelta(minutes=15))
    assert enters(app, clerk)


def test_refused_tries_do_not_keep_the_door_shut(app, clerk, system):
    wrong(app, clerk, 5)
    wrong(app, clerk, 10)

    assert count(system) == 5


def test_a_locked_account_is_locked_at_every_address_and_others_are_not(app, system, world, clerk):
    with system() as session:
        colleague = factories.account(session, world.sub)
    wrong(app, clerk, 5, "192.0.2.1")

    assert not enters(app, clerk, "198.51.100.7")
    assert enters(app, colleague, "192.0.2.1")


def test_an_address_has_twenty_tries_over_all_accounts(app, system, world):
    with system() as session:
        accounts = [factories.account(session, world.sub) for _ in range(6)]
    for account in accounts[:4]:
        wrong(app, account, 5, "192.0.2.1")

    assert not enters(app, accounts[5], "192.0.2.1")
    assert enters(app, accounts[5], "192.0.2.2")


def test_the_addresses_of_one_ipv6_network_are_one(app, system, world):
    with system() as session:
        accounts = [factories.account(session, world.sub) for _ in range(5)]
    for number, account in enumerate(accounts[:4]):
        wrong(app, account, 5, f"2001:db8::{number}:1")

    assert not enters(app, accounts[4], "2001:db8::ffff:9")
    assert enters(app, accounts[4], "2001:db8:0:1::9")


def test_a_flood_from_elsewhere_does_not_lock_the_owner_out_of_a_known_browser(app, client, clerk, login):
    login(clerk)
    submit(client, "/logout", page="/account")
    wrong(app, clerk, 25)

    assert not enters(app, clerk)
    assert login(clerk).status_code == 302


def test_a_known_browser_is_known_for_its_own_account_only(app, client, world, login):
    login(world.accounts[Role.sub_delegation])
    submit(client, "/logout", page="/account")
    colleague = world.accounts[Role.finance]
    wrong(app, colleague, 5)

    assert login(colleague).status_code == 422


def test_a_known_browser_has_five_tries_too(client, clerk, login, looked_at):
    login(clerk)
    submit(client, "/logout", page="/account")
    looked_at.clear()
    for _ in range(8):
        login(clerk, "wrong")

    assert looked_at == ["wrong"] * 5
    assert login(clerk).status_code == 422


def test_a_made_up_device_is_unknown(app, client, clerk, login):
    wrong(app, clerk, 5)
    client.set_cookie("device", "WyJ4IixbImRlYWRiZWVmIl1d.made.up")

    assert login(clerk).status_code == 422


def test_tries_are_kept_for_a_day_and_name_nobody(app, clerk, system):
    wrong(app, clerk, 3)
    with system() as session:
        kept = [f"{row.username_hash} {row.address}" for row in session.scalars(select(LoginAttempt))]
    assert [clerk.username in row for row in kept] == [False] * 3
    age_attempts(system, timedelta(days=1, seconds=1))
    wrong(app, clerk, 1)

    assert count(system) == 1


def test_the_present_password_cannot_be_guessed_from_a_session_left_open(client, clerk, login, looked_at):
    login(clerk)
    looked_at.clear()
    for _ in range(8):
        submit(client, "/password", current="wrong", new="maple-Canyon-92-sledge", repeated="maple-Canyon-92-sledge")

    assert looked_at == ["wrong"] * 5
