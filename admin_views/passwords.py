"""Passwords: hashing (argon2id), what may be chosen, and initial ones (SECURITY A02, A03; notice §五(二)).

Length is what counts: no rule about kinds of characters. What everybody guesses is taken out of a password first -
common words, keyboard runs, years, and the words of this fair and of the account; what is left has to carry it.
"""

import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import timedelta
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext

from models import Account
from models.kinds import ALPHABET, now

SHORTEST, LONGEST = 12, 256
CARRIES = 6  # characters that must be left once everything guessable is gone
DIFFERENT = 5  # different characters in the whole
INITIAL_LIVES = timedelta(hours=72)
INITIAL_GROUPS = 4  # of four characters out of 32: 80 bits
_CONTEXT = "ciie 进博会 进博 进口博览会 jinbohui jinbo jinkou bolanhui 交易团 分团 jiaoyituan fentuan expo shanghai"
_COMMON = """
    password passwort passwd passw0rd pass admin administrator root user login welcome hello guest master manager
    system server test testing demo default changeme change secret letmein access qwerty azerty abcdef iloveyou love
    dragon monkey football baseball basketball soccer superman batman sunshine princess shadow michael jordan daniel
    charlie thomas ashley freedom whatever trustno starwars pokemon flower summer winter spring autumn monday january
    company office internet computer samsung apple google china beijing money lucky happy angel killer hunter mustang
    mima guanli guanliyuan denglu yonghu xitong ceshi woaini woaiwo aini zhongguo zhonghua beijing guangzhou shenzhen
    fujian fuzhou xiamen nihao wangluo gongsi baobao laopo laogong mingming wangwei zhangwei lili weiwei xiaoming
    fuwuqi anquan shenhe bangong huawei taobao weixin alibaba tencent qq123 a1b2c3 asd123 aaa111 woshishui
    密码 口令 管理员 管理 用户 登录 系统 测试 中国 你好 我爱你
"""
GUESSED = (*_CONTEXT.split(), *_COMMON.split())
RUNS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "qazwsxedcrfvtgbyhnujmikolp", "!@#$%^&*()", "一二三四五六七八九十",
)  # fmt: skip
_UNLEET = str.maketrans("@4031!$57", "aaoeiisst")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_REPEATED = re.compile(r"(.)\1{2,}", re.DOTALL)
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # 28 ms; ASVS appendix C
_two_at_a_time = BoundedSemaphore(2)  # a flood of logins must not take all memory and processors
_NOBODYS = _hasher.hash(secrets.token_urlsafe(32))


def hash_password(password: str) -> str:
    """Return the argon2id hash of the password's exact characters."""
    with _two_at_a_time:
        return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is the hashed one; without a hash it takes as long and is False."""
    with _two_at_a_time:
        try:
            _hasher.verify(password_hash or _NOBODYS, password[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def weakness(password: str, words: Iterable[str] = ()) -> str | None:
    """Say why a password may not be chosen, or None; ``words`` are the account's own (name, login, delegation)."""
    if len(password) < SHORTEST:
        return gettext("密码太短，至少 %(n)s 个字符；可以用几个不相关的词组成一句话", n=SHORTEST)
    if len(password) > LONGEST:
        return gettext("密码太长，最多 %(n)s 个字符", n=LONGEST)
    if len(set(password)) < DIFFERENT or _left_over(password, words) < CARRIES:
        return gettext("密码太容易被猜到：主要由常见词、连续字符、年份或本系统、本人、本团的名称组成，请换一个")
    return None


def _left_over(password: str, words: Iterable[str]) -> int:
    """Count the characters outside everything guessable."""
    plain = "".join(char.lower()[:1] for char in password)  # one for one, so that places stay
    spellings = (plain, plain.translate(_UNLEET))
    guessed = set[int]()
    for start, end in _guesses(spellings, (*GUESSED, *_own(words))):
        guessed.update(range(start, end))
    return len(password) - len(guessed)


def _own(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        yield from (part for part in re.split(r"[\s@._-]+", word.lower()) if len(part) >= 2)


def _guesses(spellings: tuple[str, ...], words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    for text in spellings:
        for word in words:
            yield from (found.span() for found in re.finditer(re.escape(word), text))
    for pattern in (_YEAR, _REPEATED):
        yield from (found.span() for found in pattern.finditer(spellings[0]))
    for start in range(len(spellings[0]) - 2):
        three = spellings[0][start : start + 3]
        if any(three in run or three[::-1] in run for run in RUNS):
            yield start, start + 3


def set_password(account: Account, password: str) -> None:
    """Store the password its owner chose; sessions opened before end with it."""
    account.password_hash = hash_password(password)
    account.password_changed_at = now()
    account.must_change_password = False
    account.initial_password_expires_at = None
    account.row_version = (account.row_version or 0) + 1


def issue_initial(account: Account) -> str:
    """Give the account a random initial password and return it, to be told once; it dies after 72 hours."""
    letters = [secrets.choice(ALPHABET) for _ in range(4 * INITIAL_GROUPS)]
    password = "-".join("".join(letters[start : start + 4]) for start in range(0, len(letters), 4))
    set_password(account, password)
    account.must_change_password = True
    account.initial_password_expires_at = now() + INITIAL_LIVES
    return password
