"""The forms at the door and of one's own account."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, SelectField, StringField, TelField
from wtforms.validators import EqualTo, InputRequired, Length

from admin_views.languages import NAMES
from admin_views.passwords import LONGEST, SHORTEST


class LoginForm(FlaskForm):
    """Username and password; neither is changed on its way in."""

    username = StringField(
        _("用户名"),
        [InputRequired(_("请填写用户名")), Length(max=50, message=_("用户名不超过 50 个字符，请核对"))],
        render_kw={"autocomplete": "username", "autofocus": True, "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _("密码"), [InputRequired(_("请填写密码"))], render_kw={"autocomplete": "current-password"}
    )


class PasswordForm(FlaskForm):
    """A new password, twice; the present one first, save at the first login."""

    current = PasswordField(
        _("当前密码"), [InputRequired(_("请填写当前密码"))], render_kw={"autocomplete": "current-password"}
    )
    new = PasswordField(
        _("新密码"),
        [InputRequired(_("请填写新密码"))],
        description=_("%(least)s 至 %(most)s 个字符，不限字符种类；建议用几个不相关的词", least=SHORTEST, most=LONGEST),
        render_kw={"autocomplete": "new-password"},
    )
    repeated = PasswordField(
        _("再次输入新密码"),
        [InputRequired(_("请再次输入新密码")), EqualTo("new", _("两次输入的新密码不一致，请重新输入"))],
        render_kw={"autocomplete": "new-password"},
    )


class AccountForm(FlaskForm):
    """What its owner may change of an account; an empty number or address stays as it is."""

    mobile = TelField(_("手机号码"), render_kw={"autocomplete": "tel"})
    email = EmailField(_("邮箱"), render_kw={"autocomplete": "email"})
    language = SelectField(_("界面语言"), choices=list(NAMES.items()), render_kw={"lang": "zh-CN"})
    digest = SelectField(_("邮件提醒"))
    password = PasswordField(
        _("当前密码"),
        description=_("修改手机号码或邮箱时必填"),
        render_kw={"autocomplete": "current-password"},
    )
