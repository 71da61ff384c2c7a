"""A decision of the review desk: one move on the row before the clerk, in the version that he read, by the engine alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.datastructures import MultiDict

from admin_views.editing import files_folder
from admin_views.filters import read_id
from admin_views.list_page import Reader
from admin_views.preview_page import same_words
from admin_views.sentences import spoken
from exchange import labels
from exchange.pictures import remove_purged
from models import Batch
from workflow import claims, engine
from workflow.actors import Actor, Forbidden
from workflow.answers import AnswersInvalid, read_answers
from workflow.engine import Decision
from workflow.ledger import CapExceeded
from workflow.moves import Move
from workflow.quota import QuotaShort
from workflow.registry import machine_of


@dataclass(frozen=True)
class Answer:
    """What came of a decision: its batch when it was done; else a sentence, or sentences by field, and an HTTP status."""

    batch: Batch | None = None
    sentence: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    status: int = 303


def move_of(actor: Actor, noun: str, name: str) -> Move | None:
    """Return the decision of that name, None for what is none; raise Forbidden when another role has it."""
    move = machine_of(noun).moves.get(name)
    if move is None or not move.key:
        return None
    if move.hidden or actor.role not in move.who:
        raise Forbidden(f"{noun}.{name}")
    return move


def opinion_of(form: MultiDict[str, str]) -> str:
    """Return the opinion as written; where no script has put the ticked sentences into it, with these."""
    written = form.get("opinion", "").replace("\r\n", "\n").strip()
    ticked = [] if form.get("composed") else form.getlist("sentence")
    return "；".join([*([written] if written else []), *(text for text in ticked if text not in written)])


def _check_typed(move: Move, form: MultiDict[str, str], title: str) -> None:
    if move.typed and not same_words(form.get("confirm_typed"), title):
        raise AnswersInvalid({"confirm_typed": _("请输入“%(words)s”以确认；尚未办理", words=title)})


def decide(reader: Reader, noun: str, row: Any, move: Move, form: MultiDict[str, str]) -> Answer:
    """Carry a decision out and commit it; whatever stands against it, nothing has been written then."""
    given = {**form.to_dict(), "opinion": opinion_of(form)}
    title = getattr(row, machine_of(noun).title)
    try:
        answers = read_answers(move, given)
        _check_typed(move, form, title)
        seen = read_id(form.get("row_version", ""))
        return _done(reader, noun, row, move, answers, seen)
    except AnswersInvalid as wrong:
        reader.session.rollback()
        return Answer(errors={name: spoken(said) for name, said in wrong.errors.items()}, status=422)
    except ValueError:
        return Answer(sentence=_("页面不完整，请刷新后重试"), status=422)
    except (IntegrityError, CapExceeded, QuotaShort) as error:
        reader.session.rollback()
        current_app.logger.warning("decision refused", extra={"facts": {"noun": noun, "error": type(error).__name__}})
        said = spoken(error.sentence) if isinstance(error, (CapExceeded, QuotaShort)) else _("数据刚刚被其他人改动")
        return Answer(sentence=_("%(why)s；尚未办理，请核对后重试", why=said), status=409)
    except OperationalError as error:
        reader.session.rollback()
        current_app.logger.warning("decision waits", exc_info=error)
        return Answer(sentence=_("系统正忙，尚未办理；请稍候再试"), status=503)


def _done(reader: Reader, noun: str, row: Any, move: Move, answers: Mapping[str, Any], seen: int) -> Answer:
    session, row_id = reader.session, row.id
    source = _("审核工作台")
    done = engine.decide(session, reader.actor, noun, move.name, {row_id: Decision(seen)}, answers, source)
    if done.batch is None:
        changed = row.row_version != seen
        session.rollback()
        said = spoken(done.refused.get(row_id, ""))
        if changed:
            said = _("资料在您打开之后已有变动，以下是最新内容，请核对后再办理")
        elif done.budget and done.budget.short:
            said = _("%(what)s，尚未办理", what=spoken(done.budget.sentence))
        return Answer(sentence=said or _("没有可以办理的记录"), status=409)
    claims.drop(session, noun, row_id)
    session.commit()
    remove_purged(session, files_folder())
    return Answer(batch=done.batch)


def told(move: Move, lang: str) -> str:
    """Return what a decision is called."""
    return labels.of_move(move, lang)
