"""What a worker does for a long import: the commit of an upload, whatever its kind."""

import json

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import MultiDict

from admin_views.import_kind import Kind as ImportKind
from admin_views.import_kinds import KINDS
from admin_views.importing import commit_form
from admin_views.list_page import Reader
from admin_views.long_work import IMPORT, clear_away
from admin_views.sentences import spoken
from exchange import importing
from exchange.sheet_source import SheetError
from models import ImportStatus
from workflow.actors import Forbidden
from workflow.answers import AnswersInvalid
from workflow.jobs import Context, Kind, Refused
from workflow.ledger import CapExceeded
from workflow.quota import QuotaShort


def _commit(context: Context) -> str:
    """Write an upload as its preview said; one that is written already stays written."""
    asked, kind = context.asked, KINDS[context.asked["noun"]]
    if not kind.may(context.actor):
        raise Forbidden(f"import {kind.noun}")
    reader = Reader(context.session, context.actor, context.lang, "")
    try:
        upload = importing.kept(context.session, context.actor, kind.word, asked["ref"])
        if upload.status is not ImportStatus.done:
            shown = json.loads(upload.shown)
            kind.commit(reader, upload, commit_form(kind, shown, MultiDict(asked["form"])), shown)
    except LookupError as error:
        raise Refused(_("没有这次上传，或已被您后来的上传取代；请重新上传")) from error
    except (AnswersInvalid, SheetError) as error:
        raise _why(error) from error
    except (importing.Refused, IntegrityError, CapExceeded, QuotaShort) as error:
        if isinstance(error, importing.Refused) and error.sentence != importing.CHANGED:
            raise Refused(spoken(error.sentence)) from error
        raise _planned_anew(reader, kind, asked["ref"]) from error
    return ""


def _why(error: AnswersInvalid | SheetError) -> Refused:
    return Refused("；".join(map(spoken, error.errors.values() if isinstance(error, AnswersInvalid) else [str(error)])))


def _planned_anew(reader: Reader, kind: ImportKind, ref: str) -> Refused:
    """Keep a new preview of the same file in place of the one that holds no more."""
    reader.session.rollback()
    upload = importing.kept(reader.session, reader.actor, kind.word, ref)
    try:
        planned = kind.again(reader, upload)
    except (AnswersInvalid, SheetError) as error:
        return _why(error)
    again = importing.keep(reader.session, reader.actor, kind.word, planned)
    told = _("数据在预览后已变化，没有写入；已按现在的数据重新核对，请再看一遍")
    return Refused(told, keep=True, receipt=again.ref)


IMPORTS = Kind(name=IMPORT, label="导入", run=_commit, writes=True, page="importing.preview", after=clear_away)
