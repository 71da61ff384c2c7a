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
    keeping_pages,
    locking,
    menu,
    moving,
    notices,
    packages,
    payment_files,
    printing,
    reports,
    resets,
    review,
    saved_views,
    security_lists,
    statement_files,
    toast,
    verifying,
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
    jobs,
    keeping_pages,
    locking,
    moving,
    notices,
    packages,
    payment_files,
    printing,
    reports,
    resets,
    security_lists,
    review,
    saved_views,
    verifying,
    statement_files,
)
WORDS = (helping, menu, toast, notices)  # what they say stands on every page


def register(app: Flask) -> None:
    """Add every view and the menu."""
    generated.install(app, SCREENS, csp_nonce)
    for page in PAGES:
        app.register_blueprint(page.blueprint)
    for words in WORDS:
        app.context_processor(words.context)
