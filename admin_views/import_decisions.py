"""Decisions by table, as the import pages know them: what was exported from a list, filled in away from the desk."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField

from admin_views.fields import Wanted
from admin_views.import_kind import Figure, Kind, Words, mode_of
from admin_views.list_page import EXPORTS, Reader
from admin_views.preview_page import same_words
from admin_views.sentences import spoken
from exchange import decision_import
from exchange.decision_sheet import decidable
from exchange.decision_words import INSTRUCTIONS
from exchange.importing import Planned
from extensions import begin_writing
from models import ImportJob
from workflow.actors import Actor
from workflow.answers import AnswersInvalid


class DecisionImport(Kind):
    """The moves of one noun's table, decided row by row."""

    def __init__(self, noun: str) -> None:
        self.noun = self.machine = noun

    def may(self, actor: Actor) -> bool:
        """Whether the actor has a move on the noun."""
        return bool(decidable(actor, self.noun))

    def words(self) -> Words:
        """Return the words of the pages."""
        return Words(
            title=_("导入处理意见"), link=_("导入处理意见"), file=_("离线审核表"),
            limits=_("Excel（xlsx）或 CSV，不超过 20 MB"), confirm=_("第三步：确认办理"), act=_("办理"), done=_("已办理"), to_list=_("返回列表"),
            changes=(_("将办理的内容"), _("已办理的内容")),
            heads={
                "budgets": _("额度余额"), "pool": _("操作"), "limit": _("额度"), "key": _("行编号"), "column": _("操作"),
                "after": _("办理后"),
            },
            instructions=[spoken(line) for line in INSTRUCTIONS],
            templates=[(_("到列表导出离线审核表"), url_for(f"{self.noun}.index", panel=EXPORTS))],
        )  # fmt: skip

    def plan(self, reader: Reader, data: bytes, filename: str, form: FlaskForm) -> Planned:
        """Say what a table would do: others may write while it is read, then it is all done and taken back."""
        asked = decision_import.read(reader.session, reader.actor, self.noun, data, filename)
        begin_writing()
        return decision_import.plan(reader.session, reader.actor, asked)

    def again(self, reader: Reader, job: ImportJob) -> Planned:
        """Say what a kept table would do now."""
        asked = decision_import.read(reader.session, reader.actor, self.noun, job.content, job.filename)
        return decision_import.plan(reader.session, reader.actor, asked)

    def figures(self, counts: Mapping[str, int], *, done: bool) -> list[Figure]:
        """Return the rows by fate."""
        told = [
            (_("已办理") if done else _("将办理"), "will", "success"), (_("未填写，不办理"), "blank", "muted"), (_("相同，不重复办理"), "same", "muted"),
            (_("导出后已变化"), "stale", "warning"), (_("不能办理"), "closed", "danger"), (_("有错误"), "bad", "danger"),
        ]  # fmt: skip
        return [(word, counts[key], tone if counts[key] else "muted") for word, key, tone in told]

    def writes(self, counts: Mapping[str, int]) -> int:
        """Return how many rows will be done."""
        return counts["will"]

    def modes(self, shown: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return what may be done about rows that cannot be done."""
        return [
            ("all", _("全部办理或都不办理：改好 %(n)s 行再上传", n=shown["bad"])),
            ("good", _("只办理可以办理的 %(n)s 行，其余这次不办", n=self.writes(shown["counts"]))),
        ]

    def asks(self, shown: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for a tick where something cannot be undone, for typed words before what is grave."""
        made: dict[str, Any] = {}
        if shown["final"]:
            made["sure"] = BooleanField(
                _("我已知晓：办理后不能撤销"), description=" ".join(map(spoken, shown["final"]))
            )
        if shown["typed"]:
            made["confirm_typed"] = StringField(
                _("确认文字"), [Wanted()], description=_("请输入“%(words)s”", words=_words(shown)),
                render_kw={"autocomplete": "off", "spellcheck": "false"},
            )  # fmt: skip
        return made

    def check(self, form: FlaskForm, shown: Mapping[str, Any]) -> None:
        """Ask for the tick and the words."""
        errors = {}
        if "sure" in form and not form["sure"].data:
            errors["sure"] = _("请勾选以确认；尚未办理")
        typed = form["confirm_typed"].data if "confirm_typed" in form else ""
        if shown["typed"] and not same_words(typed, _words(shown)):
            errors["confirm_typed"] = _("请输入“%(words)s”以确认；尚未办理", words=_words(shown))
        if errors:
            raise AnswersInvalid(errors)

    def commit(self, reader: Reader, job: ImportJob, form: FlaskForm, shown: Mapping[str, Any]) -> str:
        """Do the moves."""
        self.check(form, shown)
        typed = form["confirm_typed"].data if "confirm_typed" in form else ""
        done = decision_import.commit(reader.session, reader.actor, self.noun, job.ref, mode_of(form), typed or "")
        return _("已办理 %(n)s 行，未办理 %(bad)s 行", n=done.counts["will"], bad=done.bad)


def _words(shown: Mapping[str, Any]) -> str:
    """Return what has to be typed: the number of rows that a grave move takes."""
    return _("确认%(n)s", n=shown["typed"])
