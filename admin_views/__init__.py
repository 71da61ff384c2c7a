"""The back office: its screens, the menu that leads to them, and the files they hand out."""

from flask import Flask

from admin_views import (
    batches,
    files,
    finding,
    gate,
    generated,
    helping,
    history,
    importing,
    jobs,
    menu,
    moving,
    notices,
    reports,
    printing,
    reports,
    resets,
    review,
    saved_views,
    toast,
)
from admin_views.screens import SCREENS
from admin_views.security import csp_nonce

PAGES = (
    batches,  # first: it knows how references stand in addresses
    files,
    finding,
    gate,
    helping,
    history,
    importing,
    moving,
    printing,
    reports,
    resets,
    review,
    saved_views,
)
WORDS = (helping, menu, toast)  # what they say stands on every page


def register(app: Flask) -> None:
    """Add every view and the menu."""
    generated.install(app, SCREENS, csp_nonce)
    for part in (files, batches, jobs, notices, moving, history, importing, reports, resets, saved_views, review):
    for part in (files, batches, moving, history, importing, reports, resets, saved_views, review):
    for part in (files, batches, moving, history, importing, resets, saved_views, review, printing, gate):
        app.register_blueprint(part.blueprint)
    app.register_blueprint(finding.blueprint)
    app.register_blueprint(helping.blueprint)
    app.context_processor(helping.context)
    app.context_processor(menu.context)
    app.context_processor(toast.context)
    app.context_processor(notices.context)
    for page in PAGES:
        app.register_blueprint(page.blueprint)
    for words in WORDS:
        app.context_processor(words.context)
