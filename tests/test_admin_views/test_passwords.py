"""What may be a password, and how it is kept (SECURITY A02, A03)."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_views import passwords
from models import Account
from models.kinds import now

WORDS = ("zhangsan01", "张三", "福州市分团", "福州分团", "D7")
TOO_EASY = "密码太容易被猜到：主要由常见词、连续字符、年份或本系统、本人、本团的名称组成，请换一个"


@pytest.fixture(autouse=True)
def _language(app):
    with app.test_request_context():
        yield


pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "P@ssw0rd123456",
        "Adm1nistrator!!",
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "123456789012",
        "qwertyuiop[]12",
        "1qaz2wsx3edc",
        "abcdefghijkl",
        "ciie2025ciie2025",
        "JINBOHUI-2025-ok",
        "第八届进博会进博会进博会",
        "zhangsan01-2025",
        "福州市分团张三-1234",
        "woaini5201314woaini",
        "guanliyuan888888",
        "!@#$%^&*()!@#$",
        "            ",
    ],
)
def test_what_everybody_guesses_is_refused(password):
    assert passwords.weakness(password, WORDS) == TOO_EASY


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "maple-Canyon-92-sledge",
        "taxi!ridge_owl7",
        "床前明月光疑是地上霜举头望",
        "ciie: violet harbour 47 pine",
        "kx9#Lm2$vQ7z",
        "пароль-дерево-снег",
        "🐳🌵🎻🧭🪁🐢🧩🛶🍋🥁🧶🪐",
    ],
)
def test_length_is_enough_whatever_the_characters(password):
    assert passwords.weakness(password, WORDS) is None


@given(st.text(max_size=11))
def test_eleven_characters_are_too_few(password):
    assert passwords.weakness(password) == "密码太短，至少 12 个字符；可以用几个不相关的词组成一句话"


@given(
    st.lists(
        st.sampled_from([*passwords.GUESSED, *WORDS, "2025", "1999", "888888", "abcd", "!@#$"]), min_size=3, max_size=20
    ),
    st.text(max_size=1),
)
def test_common_words_one_after_another_with_a_little_more_are_refused(parts, more):
    password = "".join(parts) + more
    refused = passwords.weakness(password, WORDS)

    assert refused is not None


@pytest.mark.parametrize(
    "password", ["x" * 10 + "Ab3$zü 中", " leading and trailing ", "e\u0301\u00e9 differ 12345", "k" * 256]
)
def test_the_exact_characters_are_hashed(password):
    stored = passwords.hash_password(password)

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(stored, password)
    for other in (password.strip() + "x", password[:-1], password + " ", password.swapcase() + "!"):
        assert not passwords.matches(stored, other)


def test_a_hash_that_is_none_matches_nothing():
    for stored in (None, "", "$argon2id$broken", "plain"):
        assert not passwords.matches(stored, "maple-Canyon-92-sledge")


def test_an_initial_password_has_eighty_bits_and_lives_three_days():
    account = Account(username="clerk", name="张三")
    issued = {passwords.issue_initial(account) for _ in range(20)}

    assert len(issued) == 20
    assert all(re.fullmatch(r"([2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}", password) for password in issued)
    assert account.must_change_password
    lives = (account.initial_password_expires_at or now()) - now()
    assert timedelta(hours=71, minutes=59) < lives <= timedelta(hours=72)


def test_a_chosen_password_ends_the_initial_one():
    account = Account(username="clerk", name="张三")
    initial = passwords.issue_initial(account)
    passwords.set_password(account, "maple-Canyon-92-sledge")

    assert not passwords.matches(account.password_hash, initial)
    assert (account.must_change_password, account.initial_password_expires_at) == (False, None)
