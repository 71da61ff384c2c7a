"""Creating and editing a row by its form: everything is saved through ``workflow.saving``, or nothing is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from markupsafe import Markup
from sqlalchemy.orm import Session

from admin_views import forms, proposing, stored
from admin_views.details import find, title
from admin_views.filters import read_id
from admin_views.list_page import Reader
from admin_views.nodes import read_nodes
from admin_views.passwords import issue_initial
from admin_views.proposing import Proposed
from admin_views.queueing import queue
from admin_views.screen import Screen
from admin_views.sentences import spoken
from exchange import labels, pictures, recognition
from exchange.pictures import Picture
from models import Account, Attachment, AttachmentKind
from models.validators import Invalid as BadPicture
from workflow import recognition as readings
from workflow import saving

CONFLICT = 409
UNUSABLE = 422
PRESETS = ("unit_id", "person_id", "delegation_id")

Write = Callable[[dict[str, Any]], Any]
Files = dict[AttachmentKind, tuple[str, Picture]]


def files_folder() -> Path:
    """Return where uploaded files lie."""
    return Path(current_app.instance_path) / "files"


def new(reader: Reader, screen: Screen) -> ResponseReturnValue:
    """Show the empty form, or create a row from it."""
    preset = {key: request.args[key] for key in PRESETS if request.args.get(key)}
    form = forms.make(screen, reader.actor, read_nodes(reader.session), reader.lang, preset=preset)
    status = 200
    if request.method == "POST":
        machine = {"password_hash": "!"} if screen.model is Account else None  # fits nothing until it is issued
        row = _save(
            reader, screen, form, creating=True,
            write=lambda given: saving.create(reader.session, reader.actor, screen.model, given, machine),
        )  # fmt: skip
        if row is not None:
            return redirect(url_for(f"{screen.noun}.details", row_id=row.id), 303)
        status = UNUSABLE
    name = labels.of_noun(screen.model, reader.lang)
    return _page(reader, screen, form, _("新增%(noun)s", noun=name), reader.base), status


def edit(reader: Reader, screen: Screen, row_id: int) -> ResponseReturnValue:
    """Show a row's form, or save what was changed; a form that saw an older row gets the differences."""
    row: Any = find(reader.session, reader.actor, screen, row_id)
    there = url_for(f"{screen.noun}.details", row_id=row_id)
    if request.form.get("conflict") == "theirs":
        flash(_("未作修改，保留现在的内容"), "info")
        return redirect(there, 303)
    form = forms.make(screen, reader.actor, read_nodes(reader.session), reader.lang, row=row)
    conflict: list[tuple[str, str, str]] = []
    status = UNUSABLE if request.method == "POST" else 200
    found, wanted = proposing.proposed(reader, row, form), request.form.get("adopt", "")
    heading = Markup(_("编辑 %(name)s")) % {"name": stored.mark(title(reader, screen, row), reader.lang)}  # noqa: S704 - the words are ours, the name is escaped
    if request.method == "POST" and wanted:
        proposing.take_over(form, found, wanted)
        return _page(reader, screen, form, heading, there, found=proposing.proposed(reader, row, form)), 200
    if request.method == "POST":
        try:
            saved = _save(reader, screen, form, creating=False, write=lambda given: _edit(reader, row, given, form))
        except saving.Stale as stale:
            reader.session.rollback()
            row = find(reader.session, reader.actor, screen, row_id)
            form["row_version"].data = str(row.row_version)
            conflict, saved, status = stale.differences, None, CONFLICT
            if not conflict:
                flash(_("这条记录或其图片刚被他人修改，没有保存；请核对后再次保存，图片须重新选择"), "warning")
        if saved is not None:
            return redirect(there, 303)
    return _page(reader, screen, form, heading, there, conflict, found), status


def _edit(reader: Reader, row: Any, given: dict[str, Any], form: FlaskForm) -> Any:
    try:
        seen = read_id(str(form["row_version"].data))
    except ValueError:
        seen = 0  # a form without the version it saw saw none
    return saving.edit(reader.session, reader.actor, row, given, seen)


def _save(reader: Reader, screen: Screen, form: FlaskForm, *, creating: bool, write: Write) -> Any:
    """Write the row and its pictures in one transaction; None when something is to be mended."""
    if not form.validate():
        return None
    session: Session = reader.session
    files = _read_files(screen, form)
    kept, asked = list[str](), list[str]()
    try:
        row = write(forms.values(screen, form, creating=creating))
        if form.errors:
            session.rollback()
            return None
        for kind, (name, picture) in files.items():
            made = pictures.keep(session, files_folder(), kind, row, name, picture)
            kept.append(made.ref)
            asked += _ask_to_read(reader, row, made)
        told = _issue_password(row) if creating and isinstance(row, Account) else _("已保存")
        session.commit()
        for ref in asked:
            queue().deliver(ref)
    except saving.Invalid as refused:
        session.rollback()
        forms.show_errors(form, refused.errors)
        return None
    except BaseException:
        session.rollback()
        for ref in kept:
            pictures.forget(files_folder(), ref)
        raise
    flash(told, "success")
    small = [
        recognition.too_small(p.width, p.height) for kind, (_n, p) in files.items() if kind is AttachmentKind.LICENCE
    ]
    for warning in (*getattr(row, "warnings", []), *filter(None, small)):
        flash(spoken(warning), "warning")
    return row


def _ask_to_read(reader: Reader, row: Any, made: Attachment) -> list[str]:
    """Have a licence read in the background; return the reference of the job."""
    if made.kind is not AttachmentKind.LICENCE:
        return []
    readings.settle(reader.session, row)  # until the new one is read, nothing is
    job = readings.ask(reader.session, reader.actor, made, reader.lang)
    return [job.ref] if job else []


def _issue_password(account: Account) -> str:
    password = issue_initial(account)
    return _("账号已创建。初始密码（仅显示这一次，72 小时内有效）：%(password)s", password=password)


def _read_files(screen: Screen, form: FlaskForm) -> Files:
    """Check the pictures that were handed in; what is wrong is said at their fields."""
    files: Files = {}
    for kind in screen.pictures:
        name = f"picture_{kind.value}"
        upload = request.files.get(name)
        if upload is None or not upload.filename:
            continue
        try:
            files[kind] = (upload.filename, pictures.check(kind, upload.read(pictures.RULES[kind].most + 1)))
        except BadPicture as bad:
            form[name].errors = [spoken(bad.message)]
    return files


def _page(
    reader: Reader, screen: Screen, form: FlaskForm, heading: str, back: str,
    conflict: list[tuple[str, str, str]] | None = None, found: Proposed | None = None,
) -> str:  # fmt: skip
    forms.name_links(reader.session, screen, form)
    return render_template(
        "admin/form.html", view={"title": labels.of_noun(screen.model, reader.lang), "noun": screen.noun},
        title=heading, form=form, fieldsets=forms.fieldsets(screen, form, reader.lang), conflict=conflict or [],
        cancel_url=back, proposed=found,
    )  # fmt: skip
