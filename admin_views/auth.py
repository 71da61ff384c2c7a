"""The door of the back office: login, logout, the change of a password, one's own account (notice §五(二))."""

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as web_session
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user, login_user
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from admin_views import devices, languages, mailing, passwords, throttle
from admin_views.auth_forms import AccountForm, LoginForm, PasswordForm
from admin_views.identity import Member, may_enter, member_of
from admin_views.sentences import spoken
from admin_views.sessions import renew, system_session
from exchange import labels
from extensions import db
from models import Account, MailDigest
from models.kinds import mask, now, opened
from models.validators import Invalid, check_email, check_mobile
from workflow.sessions import writing_sets
from workflow.trail import note

blueprint = Blueprint("auth", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Let somebody in; unknown, wrong, locked and disabled get one and the same answer (SECURITY A06)."""
    if current_user.is_authenticated:
        return redirect(_wanted())
    form = LoginForm()
    if form.validate_on_submit():
        entered = _enter(form.username.data.strip(), form.password.data)
        if isinstance(entered, Member):
            return _welcome(entered)
        form.form_errors.append(entered)
    return render_template("auth/login.html", form=form), 422 if request.method == "POST" else 200


def _enter(username: str, password: str) -> Member | str:
    """Return the member, or the sentence that says why not."""
    device = devices.known(username)
    key = throttle.count_key(_secret(), username, device)
    attempt = throttle.admit(key, device or throttle.network(request.remote_addr))
    with system_session(read_only=True) as store:
        named = select(Account).where(Account.username == username).options(joinedload(Account.delegation))
        account = store.scalar(named)
        password_hash = account.password_hash if account and attempt else None
        right = passwords.matches(password_hash, password)
        if account is None or not right or not may_enter(account):
            current_app.logger.warning("login refused", extra={"facts": {"address": request.remote_addr}})
            return gettext(
                "用户名或密码不正确，或暂时不能登录。请核对后重试；连续多次不正确须等待 15 分钟，忘记密码请联系上级管理员重置"
            )
        throttle.forgive(key)
        if account.initial_password_expires_at and account.initial_password_expires_at <= now():
            return gettext("初始密码已超过 72 小时，不能再使用；请联系上级管理员重置")
        try:
            return member_of(store, account)
        except LookupError as error:
            return spoken(str(error))


def _welcome(member: Member) -> Response:
    db.session.info["actor"] = member.actor
    with writing_sets(db.session()):  # no edit of the account: its version and its story stay as they are
        seen = {"last_login_at": now(), "updated_at": Account.updated_at}
        db.session.execute(update(Account).where(Account.id == member.account.id).values(seen))
    _record(member, "account.login")
    wanted = _wanted()
    chosen = web_session.get(languages.CHOSEN, member.account.language)
    if chosen != member.account.language:  # switched at the door just now
        db.session.get_one(Account, member.account.id).language = chosen
        db.session.commit()
    web_session.clear()
    renew()
    login_user(member)
    answer = languages.remember(make_response(redirect(wanted)), chosen)
    devices.remember(answer, member.account.username)
    return answer


@blueprint.route("/logout", methods=["POST"])
def logout() -> ResponseReturnValue:
    """End the session on the server: its cookie is worth nothing afterwards."""
    _record(current_user, "account.logout")
    web_session.clear()
    renew()
    flash(gettext("您已退出登录"), "success")
    return redirect(url_for("auth.login"))


@blueprint.route("/password", methods=["GET", "POST"])
def change_password() -> ResponseReturnValue:
    """Set a new password; the first login leads here and nowhere else (SECURITY A01)."""
    forced = current_user.account.must_change_password
    form = PasswordForm()
    if forced:
        del form.current
    if form.validate_on_submit() and _accept_password(form, forced=forced):
        account = db.session.get_one(Account, current_user.account.id, options=[joinedload(Account.delegation)])
        passwords.set_password(account, form.new.data)
        _record(current_user, "account.password")
        renew()
        login_user(Member(account, current_user.actor, current_user.edition_name))
        flash(gettext("密码已修改，其他设备上的登录已失效"), "success")
        return redirect(_wanted())
    cancel_url = None if forced else url_for("auth.account")
    page = render_template("auth/change_password.html", form=form, forced=forced, cancel_url=cancel_url)
    return page, 422 if request.method == "POST" else 200


def _accept_password(form: PasswordForm, *, forced: bool) -> bool:
    account = current_user.account
    if not forced and not _confirmed(account, form.current.data):
        form.current.errors = [gettext("当前密码不正确，请重新输入")]
        return False
    node = account.delegation
    words = (account.username, account.name, node.name, node.short_name, node.code)
    weakness = passwords.weakness(form.new.data, words)
    if weakness is None and passwords.matches(account.password_hash, form.new.data):
        weakness = gettext("新密码不能与当前密码相同")
    form.new.errors = [weakness] if weakness else []
    return weakness is None


def _confirmed(account: Account, password: str) -> bool:
    """Whether the one at the keyboard knows the password; five wrong answers and it is not looked at for a while."""
    key = throttle.count_key(_secret(), account.username, "confirm")
    if not throttle.admit(key, key[:45]) or not passwords.matches(account.password_hash, password):
        return False
    throttle.forgive(key)
    return True


@blueprint.route("/account", methods=["GET", "POST"])
def account() -> ResponseReturnValue:
    """Show and change one's own mobile, e-mail and language."""
    mine = current_user.account
    form = AccountForm(language=mine.language, digest=mine.digest)
    form.digest.choices = [(kind.value, labels.of_member(kind, languages.chosen())) for kind in MailDigest]
    form.digest.description = _mail_hint(mine)
    form.mobile.description = _bound(mask("mobile", opened(mine, "mobile")))
    form.email.description = _bound(mask("email", mine.email or ""))
    if form.validate_on_submit() and (contacts := _contacts(form)) is not None:
        stored = db.session.get_one(Account, mine.id)
        for key, value in {**contacts, "language": form.language.data, "digest": form.digest.data}.items():
            setattr(stored, key, value)
        stored.row_version += 1
        db.session.commit()
        flash(gettext("已保存"), "success")
        return languages.remember(make_response(redirect(url_for("auth.account"))), form.language.data)
    return render_template("auth/account.html", form=form), 422 if request.method == "POST" else 200


def _mail_hint(mine: Account) -> str:
    """Say what the choice does, and what it lacks to do it."""
    if not mailing.is_possible():
        return gettext("本系统尚未设置邮件服务器，选择会保存，但不会发出邮件")
    if not mine.email:
        return gettext("尚未绑定邮箱，绑定后才会收到邮件")
    return gettext("邮件只写未读通知的条数和链接，不含个人信息")


def _bound(masked: str) -> str:
    return gettext("已绑定 %(what)s，留空表示不修改", what=masked) if masked else gettext("尚未绑定")


def _contacts(form: AccountForm) -> dict[str, str] | None:
    """Return the contacts filled in, as they are stored; None, and a sentence at its field, when one cannot be."""
    fields = [(form.mobile, check_mobile), (form.email, check_email)]
    filled = [(field, check) for field, check in fields if (field.data or "").strip()]
    if filled and not _confirmed(current_user.account, form.password.data or ""):
        form.password.errors = [gettext("修改手机号码或邮箱须填写正确的当前密码")]
        return None
    contacts = {}
    for field, check in filled:
        try:
            contacts[field.name] = check(field.data)
        except Invalid as error:
            field.errors = [spoken(error.message)]
    return None if form.errors else contacts


@blueprint.route("/language/<code>", methods=["GET", "POST"])
def language(code: str) -> ResponseReturnValue:
    """Switch the language and go back: at the door by a link; at the desk by a button, which keeps it in the account.

    Whoever has still to choose a password writes nothing to the account but that.
    """
    if code not in languages.NAMES:
        abort(404)
    at_desk = current_user.is_authenticated and current_user.is_at_desk
    if request.method == "POST" and at_desk:
        stored = db.session.get_one(Account, current_user.account.id)
        stored.language = code
        db.session.commit()
    elif not at_desk:
        web_session[languages.CHOSEN] = code
    return languages.remember(make_response(redirect(_wanted(), 303 if request.method == "POST" else 302)), code)


def _record(member: Member, action: str) -> None:
    """Write the act of an account to the audit trail, and commit."""
    db.session.info["actor"] = member.actor
    note(db.session(), action, "account", member.account.id, member.account.ref)
    db.session.commit()


def _secret() -> str:
    secret: str = current_app.config["SECRET_KEY"]
    return secret


def _wanted() -> str:
    """Return the page asked for before the door, if it is one of ours; else the start."""
    target = request.args.get("next", "")
    inside = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return target if inside and all(" " < char != "\x7f" for char in target) else url_for("admin.index")
