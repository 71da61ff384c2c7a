"""The menu: the screens that the reader's role may list, by group."""

from itertools import groupby
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from admin_views import languages, saved_views
from admin_views.screens import SCREENS
from admin_views.sentences import spoken
from exchange import labels
from extensions import db
from workflow.actors import Actor
from workflow.rights import allowed


def menu_of(actor: Actor, lang: str, here: str) -> list[dict[str, Any]]:
    """Return the groups with their items; ``here`` is the noun of the page being shown, "" for the home page."""
    home = {
        "url": url_for("admin.index"),
        "label": _("首页"),
        "icon": "home",
        "active": here == "admin",
        "count": None,
        "views": [],
    }
    groups: list[dict[str, Any]] = [{"label": "", "items": [home]}]
    for group, screens in groupby(SCREENS, key=lambda screen: screen.group):
        items = [
            {
                "url": url_for(f"{screen.noun}.index"), "label": labels.of_noun(screen.model, lang), "icon": screen.icon,
                "active": here == screen.noun, "count": None,
                "views": saved_views.in_menu(db.session(), actor, screen.noun),
            }
            for screen in screens
            if allowed(actor, "list", screen.noun)
        ]  # fmt: skip
        if items:
            groups.append({"label": spoken(group), "items": items})
    return groups


def context() -> dict[str, Any]:
    """Return the menu for the layout; none for somebody who is not at the desk."""
    if not current_user or not current_user.is_authenticated or not current_user.is_at_desk or "without_desk" in g:
        return {}
    here = g.get("noun") or request.blueprint or ""  # a preview, a receipt and a story belong to their noun
    return {"menu": menu_of(current_user.actor, languages.chosen(), here)}
