"""A start is safe or it does not happen; what is wrong is told by name, all of it, and never by value."""

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from settings import Settings, SettingsError

ROOT = Path(__file__).parents[2]


def key(start):
    return base64.b64encode(bytes(range(start, start + 32))).decode()


PRODUCTION = {
    "EXPO_ENV": "production",
    "EXPO_SECRET_KEY": "Zq8-rT2x-9vLm-4bKd-7hWc-1nPs-6gYf",
    "EXPO_DATABASE_URL": "postgresql://fair:Kennwort-9@db.example/fair",
    "EXPO_DATA_KEYS": f"1:{key(0)},2:{key(40)}",
    "EXPO_INDEX_KEY": key(80),
    "EXPO_TRUSTED_HOSTS": "fair.example.cn, .fair.example.cn",
    "EXPO_HTTPS": "1",
    "EXPO_QUEUE_URL": "rediss://fair:Kennwort-7@queue.example:6380/1",
    "EXPO_SMTP_URL": "smtps://fair:Kennwort-8@mail.example:465",
    "EXPO_MAIL_FROM": "fair@example.gov.cn",
    "EXPO_PUBLIC_URL": "https://fair.example.cn/",
}
MISSING = None
BROKEN = [
    ("EXPO_ENV", "staging"),
    ("EXPO_SECRET_KEY", MISSING),
    ("EXPO_SECRET_KEY", "Kq7-short"),
    ("EXPO_SECRET_KEY", "please-change-me-please-change-me-0123456789"),
    ("EXPO_SECRET_KEY", "abababababababababababababababababab"),
    ("EXPO_SECRET_KEY_FALLBACKS", "Zq8-rT2x-9vLm-4bKd-7hWc-1nPs-6gYg,Vx3-old"),
    ("EXPO_DATA_KEYS", MISSING),
    ("EXPO_DATA_KEYS", key(0)),
    ("EXPO_DATA_KEYS", "1:not+base64"),
    ("EXPO_DATA_KEYS", f"1:{base64.b64encode(b'sixteen bytes ok').decode()}"),
    ("EXPO_DATA_KEYS", f"1:{base64.b64encode(bytes(32)).decode()}"),
    ("EXPO_DATA_KEYS", f"1:{key(0)},1:{key(40)}"),
    ("EXPO_DATA_KEYS", f"256:{key(0)}"),
    ("EXPO_INDEX_KEY", MISSING),
    ("EXPO_INDEX_KEY", key(40)),
    ("EXPO_INDEX_KEY", "x7%x7%x7%"),
    ("EXPO_DATABASE_URL", MISSING),
    ("EXPO_DATABASE_URL", "mysql://fair:Kennwort-9@db.example/fair"),
    ("EXPO_DATABASE_URL", "sqlite://"),
    ("EXPO_TRUSTED_HOSTS", MISSING),
    ("EXPO_TRUSTED_HOSTS", "*"),
    ("EXPO_HTTPS", MISSING),
    ("EXPO_HTTPS", "perhaps"),
    ("EXPO_PROXIES", "many"),
    ("EXPO_LANGUAGE", "fr-7"),
    ("EXPO_QUEUE_URL", "amqp://queue.example:5672"),
    ("EXPO_LONG_EXPORT", "-5"),
    ("EXPO_LONG_WRITE", "many"),
    ("EXPO_SMTP_URL", "mail.example.gov.cn"),
    ("EXPO_MAIL_FROM", "fair at example"),
    ("EXPO_MAIL_FROM", MISSING),
    ("EXPO_PUBLIC_URL", "fair.example.cn"),
    ("EXPO_PUBLIC_URL", MISSING),
    ("EXPO_TRUSTED_HOST", "misspelt.example"),
    ("FLASK_DEBUG", "1"),
]


def settings(tmp_path, **changes):
    environment = {name: value for name, value in {**PRODUCTION, **changes}.items() if value is not MISSING}
    return Settings.from_environment(environment, tmp_path)


@pytest.mark.parametrize(("name", "value"), BROKEN)
def test_a_broken_configuration_is_refused_by_name_and_never_by_value(tmp_path, name, value):
    with pytest.raises(SettingsError) as refused:
        settings(tmp_path, **{name: value})

    assert [problem for problem in refused.value.problems if problem.startswith(name)] == refused.value.problems
    assert refused.value.exit_code == 1
    secrets = [part for part in [*PRODUCTION.values(), value or ""] if len(part) > 12]
    assert [secret for secret in secrets if secret in refused.value.message] == []


def test_all_problems_are_told_at_once(tmp_path):
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"EXPO_ENV": "production"}, tmp_path)

    names = [problem.partition("（")[0] for problem in refused.value.problems]
    assert names == [
        "EXPO_SECRET_KEY", "EXPO_DATA_KEYS", "EXPO_INDEX_KEY", "EXPO_TRUSTED_HOSTS", "EXPO_HTTPS", "EXPO_DATABASE_URL",
    ]  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_a_sound_production_configuration_is_read(tmp_path):
    read = settings(tmp_path, EXPO_SECRET_KEY_FALLBACKS="Zq8-rT2x-9vLm-4bKd-7hWc-1nPs-6gYg", EXPO_PROXIES="1")

    assert read.is_production
    assert read.database_url == "postgresql+psycopg://fair:Kennwort-9@db.example/fair"
    assert read.data_keys == ((1, bytes(range(32))), (2, bytes(range(40, 72))))
    assert read.index_key == bytes(range(80, 112))
    assert read.trusted_hosts == ("fair.example.cn", ".fair.example.cn")
    assert (read.https, read.proxies, read.language) == (True, 1, "zh")
    assert read.secret_key_fallbacks == ("Zq8-rT2x-9vLm-4bKd-7hWc-1nPs-6gYg",)
    assert read.queue_url == "rediss://fair:Kennwort-7@queue.example:6380/1"
    assert (read.long_export, read.long_write) == (20_000, 5_000)
    assert (read.smtp_url, read.mail_from) == ("smtps://fair:Kennwort-8@mail.example:465", "fair@example.gov.cn")
    assert read.public_url == "https://fair.example.cn"


def test_settings_show_no_secret(tmp_path):
    shown = repr(settings(tmp_path))

    assert [value for value in ("Zq8", "Kennwort", "\\x01", "x01") if value in shown] == []


def test_production_may_use_sqlite_when_told_so(tmp_path):
    read = settings(tmp_path, EXPO_DATABASE_URL="sqlite:///fair.db", EXPO_ALLOW_SQLITE="1")

    assert read.database_url == f"sqlite:///{tmp_path}/fair.db"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///instance/expo.db", "{instance}/expo.db"),
        ("sqlite:///expo.db", "{instance}/expo.db"),
        ("sqlite:////var/lib/expo.db", "/var/lib/expo.db"),
        (MISSING, "{instance}/expo.db"),
    ],
)
def test_sqlite_lies_in_the_instance_folder_unless_its_path_is_absolute(tmp_path, url, path):
    environment = {} if url is MISSING else {"EXPO_DATABASE_URL": url}

    assert (
        Settings.from_environment(environment, tmp_path).database_url == f"sqlite:///{path.format(instance=tmp_path)}"
    )


def test_development_makes_its_secrets_once_for_its_owner_alone(tmp_path):
    first = Settings.from_environment({}, tmp_path / "instance")
    again = Settings.from_environment({}, tmp_path / "instance")

    assert first == again
    assert (first.env, first.https, first.trusted_hosts) == ("development", False, ("localhost", "127.0.0.1"))
    assert stat.S_IMODE((tmp_path / "instance" / "secrets.env").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "instance").iterdir()] == ["secrets.env"]


def test_two_first_starts_at_once_agree_on_the_secrets(tmp_path):
    code = (
        "import sys; from pathlib import Path; from settings import Settings\n"
        "print(Settings.from_environment({}, Path(sys.argv[1])).secret_key)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "instance")]
    starts = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    keys = [start.communicate(timeout=60)[0] for start in starts]

    assert len(keys[0].strip()) == 64
    assert keys == [keys[0]] * 4


def test_an_instance_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "instance").write_text("a file in its place")

    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({}, tmp_path / "instance")

    first, *_ = refused.value.problems
    assert first.startswith("EXPO_INSTANCE（存放数据库与密钥的文件夹）：无法读写")


def test_a_refused_start_ends_with_a_sentence_and_no_traceback(tmp_path):
    environment = {"PATH": os.environ["PATH"], "EXPO_ENV": "production", "EXPO_INSTANCE": str(tmp_path)}
    command = [sys.executable, "-m", "flask", "--app", "app", "routes"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)

    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: 配置有误，系统没有启动：\n  - EXPO_SECRET_KEY")
    assert "Traceback" not in ended.stderr
