"""The application: settings, libraries, the two faces, error pages. Nothing imports this module."""

import os
from pathlib import Path
from typing import Any

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

import admin_views
import cli
from admin_views import (
    addresses,
    assets,
    auth,
    compression,
    errors,
    following,
    health,
    identity,
    languages,
    logs,
    queueing,
    security,
    stored,
)
from admin_views.sessions import DatabaseSessions
from extensions import csrf, db, migrate
from models.keyring import KeyRing, use
from settings import Settings
from workflow import sessions

ROOT = Path(__file__).parent
sessions.install(db.session)  # once, however many applications are made: a second trail would write everything twice


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application from ``settings``, by default those of the environment. Raises SettingsError."""
    settings = settings or Settings.from_environment(os.environ, ROOT / "instance")
    settings.instance.mkdir(parents=True, exist_ok=True)
    app = Flask(__name__, root_path=str(ROOT), instance_path=str(settings.instance))
    app.config.update(configuration(settings))
    logs.install(app, messages=not settings.is_production)
    _open_store(app, settings)
    _build_web(app, settings)
    cli.register(app)
    return app


def configuration(settings: Settings) -> dict[str, Any]:
    """Return what Flask and the libraries read (SECURITY §8)."""
    return {
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": list(settings.secret_key_fallbacks),
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True, "pool_pre_ping": not settings.is_sqlite},
        "TRUSTED_HOSTS": list(settings.trusted_hosts),
        "PREFERRED_URL_SCHEME": "https" if settings.https else "http",
        "SESSION_COOKIE_NAME": "__Host-session" if settings.https else "session",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": security.FORM_BYTES,
        "MAX_FORM_MEMORY_SIZE": security.FORM_BYTES,
        "MAX_FORM_PARTS": security.MOST_FIELDS,
        "LONG_EXPORT": settings.long_export,
        "LONG_WRITE": settings.long_write,
        "SMTP_URL": settings.smtp_url,
        "MAIL_FROM": settings.mail_from,
        "PUBLIC_URL": settings.public_url,
        "WTF_CSRF_TIME_LIMIT": None,  # a token lives as long as its session
    }


def _open_store(app: Flask, settings: Settings) -> None:
    """Bind the database and the keys of its sealed columns."""
    use(KeyRing(dict(settings.data_keys), settings.data_keys[-1][0], settings.index_key))
    db.init_app(app)
    with app.app_context():
        for engine in db.engines.values():
            sessions.tune(engine)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)


def _build_web(app: Flask, settings: Settings) -> None:
    """Put the layers on in the order in which a request meets them: identity, limits, tokens, pages."""
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]  # Flask's own way
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.session_interface = DatabaseSessions()
    assets.install(app)
    stored.install(app)
    compression.install(app)
    security.install(app)
    identity.install(app)
    csrf.init_app(app)
    languages.install(app, settings.language)
    errors.install(app)
    app.jinja_env.globals["sprite"] = addresses.sprite
    queueing.install(app, settings.queue_url, settings.secret_key)
    app.context_processor(_layout)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(auth.blueprint)
    app.add_url_rule("/", "start", _start)
    admin_views.register(app)
    following.install(app)


def _start() -> ResponseReturnValue:
    return redirect(url_for("admin.index"))


def _layout() -> dict[str, Any]:
    """Return what every page knows: its reader, edition, language and menu (which ``admin_views`` fills)."""
    return {**identity.desk(), "menu": [], "lang": languages.chosen(), "languages": languages.switches()}
