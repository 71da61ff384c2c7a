"""Accounts of the back office, their roles, server-side sessions and login attempts."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Dated, Referenced, Versioned
from models.delegation import Delegation
from models.kinds import Email, Moment, Phone, Text50, UtcDateTime, enum_type, now, says
from models.notice import MailDigest
from models.words import Labelled


class Role(Labelled):
    """Who somebody is (DOMAIN §3); ``system`` is the engine itself and never logs in."""

    secretariat = "secretariat", "省团秘书处", "info", "省交易团的管理人员：复审、分配额度、管理全省"
    sub_delegation = "sub_delegation", "分团管理员", "muted", "分团的管理人员：初审、确认代付、分配单位额度"
    unit = "unit", "报名单位", "muted", "参会单位自己的账号，不使用管理后台"
    security = "security", "安全审核", "muted", "公安部门的审核人员：只办理人员安全审核"
    finance = "finance", "财务", "muted", "财务人员：查看费用和统付台账，维护费用标准"
    sysadmin = "sysadmin", "系统管理员", "muted", "维护账号、交易团/分团和届次，看不到业务数据"
    auditor = "auditor", "审计（只读）", "muted", "查看脱敏数据和审计日志，不能修改"
    system = "system", "系统", "muted", "系统自动办理"


class Account(Referenced, Versioned, Dated, Base):
    """A named person's login. Several per sub-delegation; never shared (notice §五(二))."""

    __tablename__ = "account"
    __label__ = "管理账号"
    __purpose__ = "开设和停用管理人员的账号，重置密码；账号实名使用，不得共享。"

    username: Mapped[str] = mapped_column(
        String(50),
        unique=True,
        info=says(
            "用户名", means="登录时使用，开设后不能修改", listed=True, searched=True, once=True, required="always"
        ),
    )
    name: Mapped[Text50] = mapped_column(info=says("姓名", listed=True, searched=True, required="always"))
    role: Mapped[Role] = mapped_column(
        enum_type(Role, "role"),
        index=True,
        info=says("角色", means="决定能看什么、办什么", listed=True, filtered=True, required="always"),
    )
    delegation_id: Mapped[int] = mapped_column(
        ForeignKey("delegation.id"),
        index=True,
        info=says("交易团/分团", listed=True, filtered=True, required="always"),
    )
    password_hash: Mapped[str] = mapped_column(String(200), info=says("口令", machine=True, hidden=True))
    must_change_password: Mapped[bool] = mapped_column(
        default=True, info=says("须修改初始密码", means="首次登录或重置后须先修改密码", machine=True, listed=True)
    )
    password_changed_at: Mapped[Moment] = mapped_column(default=now, info=says("密码设置时间", machine=True))
    initial_password_expires_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime(), info=says("初始密码有效期至", machine=True)
    )
    last_login_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime(), info=says("最近登录", machine=True, listed=True, filtered=True)
    )
    mobile: Mapped[Phone] = mapped_column(info=says("绑定手机", machine=True))
    email: Mapped[Email | None] = mapped_column(info=says("绑定邮箱", machine=True))
    language: Mapped[str] = mapped_column(String(2), default="zh", info=says("界面语言", machine=True))
    digest: Mapped[str] = mapped_column(String(10), default=MailDigest.none.value, info=says("邮件提醒", machine=True))
    mailed_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime(), info=says("上次邮件提醒", machine=True, hidden=True)
    )
    is_active: Mapped[bool] = mapped_column(
        default=True, info=says("启用", means="停用后立即不能登录", listed=True, filtered=True)
    )

    delegation: Mapped[Delegation] = relationship()

    def __str__(self) -> str:
        return self.name


class WebSession(Base):
    """A browser's session, kept on the server so that logout, idle time and revocation are real."""

    __tablename__ = "web_session"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info=says("", machine=True))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    data: Mapped[str] = mapped_column(Text, default="{}")
    created_at: Mapped[Moment] = mapped_column(default=now)
    seen_at: Mapped[Moment] = mapped_column(default=now, index=True)


class LoginAttempt(Base):
    """A failed login; counted per account and per address to slow guessing down, purged after a day."""

    __tablename__ = "login_attempt"

    username_hash: Mapped[str] = mapped_column(String(64), index=True)
    address: Mapped[str] = mapped_column(String(45), index=True)
    at: Mapped[Moment] = mapped_column(default=now, index=True)
