"""Chinese by default, English by switch: kept in the account of whoever is logged in, before login in a cookie."""

from typing import Any

from flask import Flask, Response, current_app, g, request, session, url_for
from flask_babel import get_translations
from flask_login import current_user

from extensions import babel

NAMES = {"zh": "中文", "en": "English"}
LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
COOKIE = "lang"
CHOSEN = "language"  # in the session of the door, until somebody comes in
YEAR = 365 * 24 * 3600


def install(app: Flask, default: str) -> None:
    """Choose the language of each request; dates are in Chinese time for everybody."""
    app.config.update(
        BABEL_DEFAULT_LOCALE=LOCALES[default],
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        BABEL_TRANSLATION_DIRECTORIES="translations",
        DEFAULT_LANGUAGE=default,
    )
    babel.init_app(app, locale_selector=lambda: LOCALES[chosen()])
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of the extension that Babel adds
        gettext=lambda text: _catalog().ugettext(text),
        ngettext=lambda one, many, n: _catalog().ungettext(one, many, n),
        newstyle=True,
    )


def _catalog() -> Any:
    """Return this request's words, found once: the library would look for them at every word of a page."""
    if "catalog" not in g:
        g.catalog = get_translations()
    return g.catalog


def chosen() -> str:
    """Return the language of this request: the account's; before login that of the switch, else the default.

    A browser is shared, a login is not: the next one at the same desk reads in his own language.
    """
    account = getattr(current_user, "account", None)
    if account is None:
        told = request.cookies.get(COOKIE, "")
    elif account.must_change_password:  # still at the door: the account itself is not written to
        told = session.get(CHOSEN, account.language)
    else:
        told = account.language
    return told if told in NAMES else current_app.config["DEFAULT_LANGUAGE"]


def remember(response: Response, language: str) -> Response:
    """Keep the switch in the browser, for the door."""
    response.set_cookie(
        COOKIE,
        language,
        max_age=YEAR,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


def switches() -> list[tuple[str, str, str]]:
    """Return (code, own name, address that switches to it) of every language."""
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    return [(code, name, url_for("auth.language", code=code, next=here)) for code, name in NAMES.items()]
