"""Settings: one frozen object read from the environment (SECURITY O04, §8); it knows nothing of the rest.

Every variable is prefixed ``EXPO_``. In development missing secrets are made once and kept in
``instance/secrets.env``; in production whatever is missing, weak or unsafe stops the start, by name and never by value.
"""

import base64
import binascii
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

KEY_BYTES = 32
LEAST_VARIETY = 10  # different characters (or bytes) in a secret: 32 random ones have more than 20
TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")
LANGUAGES = ("zh", "en")
ENVIRONMENTS = ("development", "production")
DEVELOPMENT_HOSTS = "localhost,127.0.0.1"
VARIABLES = {
    "EXPO_ENV": "development（开发，默认）或 production（生产）",
    "EXPO_INSTANCE": "存放数据库与密钥的文件夹",
    "EXPO_SECRET_KEY": "签名密钥，至少 32 个字符",
    "EXPO_SECRET_KEY_FALLBACKS": "更换前的签名密钥，用逗号隔开",
    "EXPO_DATABASE_URL": "数据库地址，sqlite:///… 或 postgresql://…",
    "EXPO_ALLOW_SQLITE": "1 表示生产环境确认使用 SQLite",
    "EXPO_DATA_KEYS": "数据加密密钥，如 1:…,2:…（base64 的 32 字节，最后一个为现用）",
    "EXPO_INDEX_KEY": "检索密钥（base64 的 32 字节）",
    "EXPO_TRUSTED_HOSTS": "允许的访问域名，用逗号隔开",
    "EXPO_HTTPS": "1 表示通过 https 访问（生产环境必须）",
    "EXPO_PROXIES": "前置代理的层数，默认 0",
    "EXPO_LANGUAGE": "默认界面语言，zh 或 en",
    "EXPO_QUEUE_URL": "后台任务队列，如 redis://主机:6379/0；不设则用本机文件，只适合一台机器",
    "EXPO_LONG_EXPORT": "超过多少行的导出转到后台，默认 20000",
    "EXPO_LONG_WRITE": "超过多少行的办理、导入转到后台，默认 5000",
    "EXPO_SMTP_URL": "发提醒邮件的服务器，如 smtps://用户:口令@主机:465；不设则不发邮件",
    "EXPO_MAIL_FROM": "提醒邮件的发件地址",
    "EXPO_PUBLIC_URL": "邮件里链接的开头，如 https://fair.example.gov.cn",
}
KEY_HINT = "可用 python -c 'import os,base64;print(base64.b64encode(os.urandom(32)).decode())' 生成"


class SettingsError(click.ClickException):
    """The environment does not describe a safe start; the message lists every problem and how to mend it."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("配置有误，系统没有启动：\n" + "\n".join(f"  - {problem}" for problem in problems))


@dataclass(frozen=True)
class Settings:
    """What the program needs to know before it starts; secrets never appear in its repr."""

    env: str
    instance: Path
    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(repr=False)
    database_url: str = field(repr=False)
    data_keys: tuple[tuple[int, bytes], ...] = field(repr=False)
    index_key: bytes = field(repr=False)
    trusted_hosts: tuple[str, ...]
    https: bool
    proxies: int
    language: str
    queue_url: str = field(repr=False)
    long_export: int
    long_write: int
    smtp_url: str = field(repr=False)
    mail_from: str
    public_url: str

    @property
    def is_production(self) -> bool:
        """Whether real people's data is at stake."""
        return self.env == "production"

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is in use."""
        return self.database_url.startswith("sqlite")

    @classmethod
    def from_environment(cls, env: Mapping[str, str], instance_path: Path) -> "Settings":
        """Read ``env``; relative SQLite paths and the secrets file live under ``instance_path``. Raises SettingsError."""
        reader = _Reader({name: value.strip() for name, value in env.items() if name.startswith("EXPO_")})
        name = reader.choice("EXPO_ENV", ENVIRONMENTS)
        instance = Path(reader.values.get("EXPO_INSTANCE") or instance_path).resolve()
        if name == "development":
            reader.values = {**_kept_secrets(instance, reader), **reader.values}
        settings = cls(
            env=name,
            instance=instance,
            secret_key=reader.secret("EXPO_SECRET_KEY"),
            secret_key_fallbacks=reader.secrets("EXPO_SECRET_KEY_FALLBACKS"),
            database_url=reader.database(instance),
            data_keys=reader.data_keys(),
            index_key=reader.key("EXPO_INDEX_KEY", reader.values.get("EXPO_INDEX_KEY", "")),
            trusted_hosts=reader.hosts(DEVELOPMENT_HOSTS if name == "development" else ""),
            https=reader.flag("EXPO_HTTPS"),
            proxies=reader.number("EXPO_PROXIES", 0, 9),
            language=reader.choice("EXPO_LANGUAGE", LANGUAGES),
            queue_url=reader.address("EXPO_QUEUE_URL", "redis", "rediss"),
            long_export=reader.number("EXPO_LONG_EXPORT", 20_000, 10**6),
            long_write=reader.number("EXPO_LONG_WRITE", 5_000, 10**6),
            smtp_url=reader.address("EXPO_SMTP_URL", "smtp", "smtps"),
            mail_from=reader.mailbox("EXPO_MAIL_FROM"),
            public_url=reader.address("EXPO_PUBLIC_URL", "https", "http").rstrip("/"),
        )
        reader.check(settings, env)
        if reader.problems:
            raise SettingsError(reader.problems)
        return settings


class _Reader:
    """Reads variables one by one and gathers what is wrong with them, so that everything is told at once."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values = {name: value for name, value in values.items() if value}
        self.problems: list[str] = []
        for name in sorted(set(values) - set(VARIABLES)):
            self.problems.append(f"{name}：没有这个变量，请核对拼写；可用的变量：{'、'.join(VARIABLES)}")

    def complain(self, name: str, sentence: str) -> None:
        """Note a problem of a variable, with what the variable is for."""
        self.problems.append(f"{name}（{VARIABLES[name]}）：{sentence}")

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return one of ``choices``; the first is the default."""
        value = self.values.get(name, choices[0])
        if value not in choices:
            self.complain(name, f"只能是 {' 或 '.join(choices)}")
            return choices[-1]
        return value

    def flag(self, name: str) -> bool:
        """Return a yes or no; no when absent."""
        value = self.values.get(name, "0").lower()
        if value not in TRUE + FALSE:
            self.complain(name, "只能是 1 或 0")
        return value in TRUE

    def number(self, name: str, default: int, most: int) -> int:
        """Return a whole number from 0 on; ``default`` when absent."""
        value = self.values.get(name, str(default))
        if not (value.isascii() and value.isdigit() and len(value) <= len(str(most)) and int(value) <= most):
            self.complain(name, f"只能是 0 至 {most} 的整数")
            return default
        return int(value)

    def address(self, name: str, *schemes: str) -> str:
        """Return a service's address, "" when there is none."""
        value = self.values.get(name, "")
        if value and not re.fullmatch(rf"({'|'.join(schemes)})://[^\s/]+(/\S*)?", value):
            self.complain(name, f"应形如 {schemes[0]}://主机:端口，协议只能是 {' 或 '.join(schemes)}")
        return value

    def mailbox(self, name: str) -> str:
        """Return an e-mail address; it, and the address for links, are needed as soon as mail is sent."""
        value = self.values.get(name, "")
        if value and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", value):
            self.complain(name, "不是邮箱地址，应形如 用户@域名")
        for needed in (name, "EXPO_PUBLIC_URL"):
            if "EXPO_SMTP_URL" in self.values and needed not in self.values:
                self.complain(needed, "设置了 EXPO_SMTP_URL，还须设置这一项")
        return value

    def secret(self, name: str) -> str:
        """Return a signing secret that is long and varied enough."""
        value = self.values.get(name, "")
        if not value:
            self.complain(name, f"缺少，请设置一个随机值；{KEY_HINT}")
        else:
            self._judge_secret(name, value)
        return value

    def secrets(self, name: str) -> tuple[str, ...]:
        """Return earlier signing secrets, each as good as the present one."""
        values = tuple(part.strip() for part in self.values.get(name, "").split(",") if part.strip())
        for value in values:
            self._judge_secret(name, value)
        return values

    def _judge_secret(self, name: str, value: str) -> None:
        if len(value) < KEY_BYTES:
            self.complain(name, f"太短，至少 {KEY_BYTES} 个字符；{KEY_HINT}")
        elif len(set(value)) < LEAST_VARIETY or "change" in value.lower() or "secret" in value.lower():
            self.complain(name, f"不是随机值（像示例或默认值），请更换；{KEY_HINT}")

    def key(self, name: str, text: str) -> bytes:
        """Return one 32-byte key written in base64."""
        if not text:
            self.complain(name, f"缺少；{KEY_HINT}")
            return b""
        try:
            key = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            self.complain(name, f"不是 base64 编码；{KEY_HINT}")
            return b""
        if len(key) != KEY_BYTES:
            self.complain(name, f"解码后应为 {KEY_BYTES} 字节，现为 {len(key)} 字节；{KEY_HINT}")
        elif len(set(key)) < LEAST_VARIETY:
            self.complain(name, f"不是随机值，请更换；{KEY_HINT}")
        return key

    def data_keys(self) -> tuple[tuple[int, bytes], ...]:
        """Return the ring of data keys in the order given; the last one seals new values."""
        name, keys = "EXPO_DATA_KEYS", {}
        if name not in self.values:
            self.complain(name, f"缺少，请按“1:密钥”填写；{KEY_HINT}")
            return ()
        for part in self.values[name].split(","):
            number, colon, text = part.strip().partition(":")
            if not (colon and number.isascii() and number.isdigit() and 1 <= int(number) <= 255):
                self.complain(name, f"每一段应写成“编号:密钥”，编号为 1 至 255，用逗号隔开；{KEY_HINT}")
                return ()
            if int(number) in keys:
                self.complain(name, f"编号 {int(number)} 出现了两次，请为每个密钥使用不同编号")
            keys[int(number)] = self.key(name, text)
        return tuple(keys.items())

    def database(self, instance: Path) -> str:
        """Return an address SQLAlchemy takes: psycopg 3 for PostgreSQL, an absolute path for SQLite."""
        name = "EXPO_DATABASE_URL"
        url = self.values.get(name, "sqlite:///expo.db")
        scheme, colon, rest = url.partition("://")
        if colon and scheme in ("postgresql", "postgres", "postgresql+psycopg"):
            return f"postgresql+psycopg://{rest}"
        path = rest.removeprefix("/")
        if scheme != "sqlite" or not rest.startswith("/") or path in ("", ":memory:"):
            self.complain(name, "只支持 postgresql://用户:口令@主机/库名 或 sqlite:///文件名（不支持内存数据库）")
        return f"sqlite:///{instance.joinpath(path.removeprefix('instance/'))}"

    def hosts(self, default: str) -> tuple[str, ...]:
        """Return the host names under which the program answers."""
        name = "EXPO_TRUSTED_HOSTS"
        hosts = tuple(part.strip() for part in self.values.get(name, default).split(",") if part.strip())
        if not hosts:
            self.complain(name, "缺少，请列出本系统的域名，如 fair.example.gov.cn")
        if any("*" in host or "/" in host for host in hosts):
            self.complain(name, "只写域名，不含通配符、协议和路径；以点开头表示全部子域名")
        return hosts

    def check(self, settings: Settings, env: Mapping[str, str]) -> None:
        """Note what is wrong between variables, and what production does not allow."""
        keys = [key for _, key in settings.data_keys]
        if settings.index_key and settings.index_key in keys:
            self.complain("EXPO_INDEX_KEY", "不能与数据加密密钥相同，请另外生成")
        if not settings.is_production:
            return
        if not settings.https:
            self.complain("EXPO_HTTPS", "生产环境的登录信息只能通过 https 传输，请配置证书后设为 1")
        if settings.is_sqlite and not self.flag("EXPO_ALLOW_SQLITE"):
            self.complain("EXPO_DATABASE_URL", "生产环境请使用 PostgreSQL；确要使用 SQLite 请设 EXPO_ALLOW_SQLITE=1")
        if env.get("FLASK_DEBUG", "0").lower() not in ("", *FALSE):
            self.problems.append("FLASK_DEBUG：生产环境不能开启调试，请删除这个变量")


def _kept_secrets(instance: Path, reader: _Reader) -> dict[str, str]:
    """Return the secrets of a development machine, made on the first start and kept in a file only its owner reads."""
    path = instance / "secrets.env"
    try:
        if not path.exists():
            _make_secrets(path)
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        reader.complain("EXPO_INSTANCE", f"无法读写 {path}，请检查文件夹权限或换一个可写的文件夹")
        return {}
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def _make_secrets(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (
        "# 开发环境的密钥，首次启动时生成。丢失后已加密的证件号码和手机号无法恢复。",
        f"EXPO_SECRET_KEY={secrets.token_urlsafe(48)}",
        f"EXPO_DATA_KEYS=1:{_new_key()}",
        f"EXPO_INDEX_KEY={_new_key()}",
    )
    handle, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600 from the first byte
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    try:
        os.link(draft, path)  # whole or not at all, and the first of several processes wins
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
