"""The back office: the one Flask-Admin instance and its views."""

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_admin import Admin, AdminIndexView, expose
from flask_babel import lazy_gettext

from admin_views.security import csp_nonce


class Home(AdminIndexView):
    """The first page after login."""

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Greet the reader."""
        return render_template("admin/home.html", reminders=[], cards=[])


def register(app: Flask) -> None:
    """Create the Flask-Admin instance and add every view."""
    Admin(app, name=lazy_gettext("交易团管理后台"), index_view=Home(), csp_nonce_generator=csp_nonce)
