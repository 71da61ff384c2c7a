"""The preview page: what will change, what will not and why, what is asked, what it takes to say yes."""

import json
import unicodedata
from decimal import Decimal
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import ColumnElement

from admin_views import asks, stored
from admin_views.list_page import Reader
from admin_views.sentences import spoken
from exchange import labels, receipts
from models import Batch, BatchRow
from models.columns import model_named
from models.kinds import now
from models.words import Labelled
from workflow import canned
from workflow.answers import AnswersInvalid
from workflow.engine import BudgetLook, Look
from workflow.moves import Context, Move

ROWS_A_SECOND = 4000


def asked(batch: Batch) -> dict[str, Any]:
    """Return the answers the batch was last judged with."""
    found: dict[str, Any] = json.loads(batch.asked)
    return found


def must_type(move: Move, look: Look) -> str:
    """Return the words to type before a grave move: one row's name, or "确认" with the number of rows."""
    if not move.typed or not look.will:
        return ""
    return look.will_rows[0].title if look.will == 1 else _("确认%(n)s", n=look.will)


def same_words(typed: str | None, wanted: str) -> bool:
    """Whether the words were typed; blanks and full-width forms do not count."""
    first, second = ("".join(unicodedata.normalize("NFKC", text).split()) for text in (typed or "", wanted))
    return first == second


def check_typed(form: FlaskForm, words: str) -> None:
    """Raise AnswersInvalid unless the words to type were typed."""
    if words and not same_words(form["confirm_typed"].data, words):
        raise AnswersInvalid({"confirm_typed": _("请输入“%(words)s”以确认；尚未办理", words=words)})


def form_of(move: Move, batch: Batch, look: Look) -> FlaskForm:
    """Build the page's form for what was just looked at."""
    part = ""
    if look.budget and look.budget.short and look.will:
        left_out = sum(refused.count for refused in look.refusals if refused.code == "budget")
        part = _("只办理前 %(k)s 条，其余 %(m)s 条这次不办理", k=look.budget.fits, m=left_out)
    return asks.make(move, asked(batch), part=part, must_type=must_type(move, look))


def undecided(move: Move, batch: Batch) -> bool:
    """Whether an answer is missing without which nobody can tell what will happen."""
    given = asked(batch)
    return any(ask.required and not given.get(ask.name) for ask in asks.deciding(move))


def preview_page(reader: Reader, batch: Batch, look: Look, form: FlaskForm) -> dict[str, Any]:
    """Return the template's words; a constant number of statements for any number of rows."""
    machine, move = receipts.about(batch)
    codes = {row.before for row in look.will_rows}
    after = _after(reader, batch)
    named = receipts.worded(reader.session, machine, move, [*codes, after], reader.lang)
    told = named.get(after, after)
    shown = [*look.will_rows, *(row for refused in look.refusals for row in refused.rows)]
    units = receipts.units_of(reader.session, batch.noun, shown)
    asks.name_nodes(reader.session, move, form)
    return {
        "batch": _batch(reader, batch, move, must_type(move, look)),
        "summary": {"n_will": look.will, "n_cannot": look.cannot, "before_after": _changes(reader, batch, look, told)},
        "will_rows": [
            (row.title, _beside(row, units), named.get(row.before, row.before), told) for row in look.will_rows
        ],
        "will_more": look.will - len(look.will_rows),
        "refusals": [
            {
                "reason": spoken(refused.sentence), "how_to_mend": "", "count": refused.count,
                "rows": [(row.title, _beside(row, units)) for row in refused.rows],
                "more": refused.count - len(refused.rows),
            }
            for refused in look.refusals
        ],
        "budget": _budget(look.budget, look) if look.budget else None,
        "effects": [spoken(sentence) for sentence in move.tells],
        "form": form,
        "undecided": undecided(move, batch),
        "long": _long(look.will),
        "may_change": bool(asks.deciding(move)),
        "sentences": canned.GENERAL.get(batch.noun, ()) if "opinion" in form else (),
        "confirm_url": url_for("batches.confirm", ref=batch.ref),
        "refresh_url": url_for("batches.refresh", ref=batch.ref),
        "cancel_url": form["back"].data or url_for(f"{batch.noun}.index"),
    }  # fmt: skip


def _long(rows: int) -> str:
    """Say that so many rows are done in the background, and for how long; nothing where they are done at once."""
    if rows <= current_app.config["LONG_WRITE"]:
        return ""
    return _(
        "共 %(n)s 条，约需 %(s)s 秒：将在后台一次写入，可先做别的事", n=f"{rows:,}", s=round(rows / ROWS_A_SECOND) or 1
    )


def _batch(reader: Reader, batch: Batch, move: Move, typed: str) -> dict[str, Any]:
    machine, _move = receipts.about(batch)
    return {
        "ref": batch.ref,
        "move_label": receipts.called(batch, reader.lang),
        "noun_label": labels.of_noun(model_named(batch.noun), reader.lang),
        "source_label": stored.said(batch.source),
        "tells_names": stored.names_rows(move, machine),
        "danger": move.danger,
        "irrevocable": move.irrevocable,
        "confirm_text": spoken(move.confirm),
        "must_type": typed,
    }


def _beside(row: BatchRow, units: dict[int, str]) -> str:
    return units.get(row.object_id, row.object_ref)


def _after(reader: Reader, batch: Batch) -> str:
    """Return the stored value the shown column will have, "" where each row gets its own or an answer is missing."""
    machine, move = receipts.about(batch)
    if not move.shows or move.shows == machine.column:
        return str(move.target.value) if isinstance(move.target, Labelled) else ""
    context = Context(reader.session, reader.actor, now(), asked(batch), batch)
    value = (move.sets(context) if move.sets else {}).get(move.shows)
    return "" if value is None or isinstance(value, ColumnElement) else str(value)


def _changes(reader: Reader, batch: Batch, look: Look, after: str) -> list[tuple[str, str, int]]:
    machine, move = receipts.about(batch)
    if undecided(move, batch):
        return []
    words = receipts.labels_in(machine, move, reader.lang)
    told = [(words.get(before, before), after, count) for before, _own, count in look.changes]
    return [one for one in told if one[0] or one[1]]  # a row that was in nothing and comes into something of its own


def _budget(budget: BudgetLook, look: Look) -> dict[str, Any]:
    places = -2 if budget.unit == "元" else 0  # money is kept in 分
    need, left = (Decimal(amount).scaleb(places) for amount in (budget.needed, budget.left))
    if not budget.short:
        sentence = _("够用，办理后剩余 %(rest)s %(unit)s", rest=f"{left - need:,}", unit=spoken(budget.unit))
    elif look.will and budget.unit != "元":
        sentence = _("不够（各单位、各分团分别计算）：可先办理 %(k)s 条", k=budget.fits)
    elif look.will:
        sentence = _("不够：按登记先后，可先办理前 %(k)s 条", k=budget.fits)
    else:
        sentence = _("不够：一条也不能办理，请先调整额度")
    return {
        "label": spoken(budget.label), "unit": spoken(budget.unit), "needed": need, "left": left, "short": budget.short,
        "sentence": sentence,
    }  # fmt: skip
