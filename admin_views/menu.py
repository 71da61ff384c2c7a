"""The menu: the screens that the reader's role may list, by group."""

from itertools import groupby
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from admin_views import languages, saved_views
from admin_views.screens import REVIEW, SCREENS, SETTINGS
from admin_views.sentences import spoken
from exchange import labels
from extensions import db
from workflow import desk
from workflow.actors import Actor
from workflow.rights import allowed
from workflow.scope import KEEPERS

FULL_SCREEN = {"review.sheet", "review.decide", "review.show_number", "review.keep_opinion"}  # pages without a menu


def _item(url: str, label: str, icon: str, *, active: bool, views: Any = ()) -> dict[str, Any]:
    return {"url": url, "label": label, "icon": icon, "active": active, "count": None, "views": views}


def menu_of(actor: Actor, lang: str, here: str) -> list[dict[str, Any]]:
    """Return the groups with their items; ``here`` is the noun of the page being shown, "admin" for the home page."""
    home = _item(url_for("admin.index"), _("首页"), "home", active=here == "admin")
    groups: list[dict[str, Any]] = [{"label": "", "items": [home]}]
    for group, screens in groupby(SCREENS, key=lambda screen: screen.group):
        items = [
            _item(
                url_for(f"{screen.noun}.index"), labels.of_noun(screen.model, lang), screen.icon, active=here == screen.noun,
                views=saved_views.in_menu(db.session(), actor, screen.noun),
            )
            for screen in screens
            if allowed(actor, "list", screen.noun)
        ]  # fmt: skip
        if group == REVIEW and desk.nouns(actor):
            items.insert(0, _item(url_for("review.index"), _("审核工作台"), "checks", active=here == "review"))
        if group == SETTINGS and actor.role in KEEPERS:
            items.append(_item(url_for("keeping.index"), _("个人信息留存"), "clock", active=here == "keeping"))
        if items:
            groups.append({"label": spoken(group), "items": items})
    return groups


def context() -> dict[str, Any]:
    """Return the menu for the layout; none for somebody who is not at the desk."""
    if not current_user or not current_user.is_authenticated or not current_user.is_at_desk or "without_desk" in g:
        return {}
    if request.endpoint in FULL_SCREEN:
        return {}
    # A preview, a receipt and a story belong to their noun.
    here = "review" if request.blueprint == "review" else g.get("noun") or request.blueprint or ""
    return {"menu": menu_of(current_user.actor, languages.chosen(), here)}
