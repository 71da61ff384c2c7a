"""A forgotten password: whoever may manage the account issues a new initial one, told once (SECURITY A03)."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.batches import reader_of
from admin_views.details import find
from admin_views.passwords import issue_initial
from admin_views.screens import BY_NOUN
from admin_views.sentences import spoken
from models import Account
from workflow import saving
from workflow.actors import Forbidden
from workflow.rights import allowed
from workflow.trail import note

blueprint = Blueprint("resets", __name__)


@blueprint.route("/admin/account/<int:row_id>/password", methods=["POST"])
def reset(row_id: int) -> ResponseReturnValue:
    """Issue an initial password; every session of the account ends. One's own is changed at 修改密码."""
    reader = reader_of("account")
    if not allowed(reader.actor, "edit", "account"):
        raise Forbidden("edit account")
    row = find(reader.session, reader.actor, BY_NOUN["account"], row_id)
    if not isinstance(row, Account) or row.id == reader.actor.account_id:
        abort(403, description=_("自己的密码请在“修改密码”中修改"))
    try:
        saving.edit(
            reader.session, reader.actor, row, {}, row.row_version
        )  # asks whether the actor manages this account
    except saving.Invalid as refused:
        reader.session.rollback()
        flash("；".join(spoken(sentence) for sentence in refused.errors.values()), "error")
        return redirect(url_for("account.details", row_id=row_id), 303)
    password = issue_initial(row)
    note(reader.session, "account.password", "account", row.id, row.ref, reason="重置为初始密码")
    reader.session.commit()
    flash(_("密码已重置。初始密码（仅显示这一次，72 小时内有效）：%(password)s", password=password), "success")
    return redirect(url_for("account.details", row_id=row_id), 303)
