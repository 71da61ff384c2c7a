"""Quota by table, as the import pages know it."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField

from admin_views import stored
from admin_views.fields import Wanted
from admin_views.filters import read_id
from admin_views.import_kind import Download, Figure, TableKind, Words, mode_of
from admin_views.list_page import Reader
from admin_views.nodes import read_nodes
from admin_views.sentences import spoken
from exchange import importing, quota_import
from exchange.importing import Planned
from exchange.quota_template import INSTRUCTIONS, template
from models import ImportJob
from workflow.answers import AnswersInvalid
from workflow.trail import note


class QuotaImport(TableKind):
    """Free badges per unit, set by USCC."""

    noun = quota_import.NOUN

    def words(self) -> Words:
        """Return the words of the pages."""
        return Words(
            title=_("导入额度"), link=_("导入"), file=_("额度表"), limits=_("Excel（xlsx）或 CSV，不超过 5 MB、10 万行"),
            confirm=_("第三步：确认写入"), act=_("写入"), done=_("已写入"), to_list=_("查看单位额度"), changes=(_("将写入的内容"), _("写入的内容")),
            heads={
                "budgets": _("额度余额"), "pool": _("交易团/分团"), "limit": _("人员标签"), "key": _("代码"), "column": _("列"),
                "after": _("写入后"),
            },
            instructions=[spoken(line) for line in INSTRUCTIONS],
            templates=[(_("下载空白模板"), url_for("importing.blank", noun=self.noun))],
            filled_url=url_for("importing.filled", noun=self.noun),
        )  # fmt: skip

    def fields(self, reader: Reader) -> dict[str, Any]:
        """Ask where new quota belongs, unless there is one node only."""
        nodes = read_nodes(reader.session).names
        if len(nodes) < 2:
            return {}
        return {
            "target_id": SelectField(
                _("尚未登记的单位归入"), [Wanted()], choices=[(str(node), name) for node, name in nodes.items()],
                default=str(reader.actor.delegation_id), validate_choice=False, render_kw=stored.keywords(reader.lang),
                description=_("已登记的单位和已有的额度不受影响，仍归原分团"),
            )
        }  # fmt: skip

    def plan(self, reader: Reader, data: bytes, filename: str, form: FlaskForm) -> Planned:
        """Say what a table would do."""
        target = read_id(form["target_id"].data or "") if "target_id" in form else None
        try:
            return self.read(reader, data, filename, target)
        except importing.Refused as refused:
            raise AnswersInvalid({"target_id": refused.sentence}) from refused

    def read(self, reader: Reader, data: bytes, filename: str, target: int | None) -> Planned:
        """Say what a table would do."""
        return quota_import.plan(reader.session, reader.actor, data, filename, target)

    def figures(self, counts: Mapping[str, int], *, done: bool) -> list[Figure]:
        """Return the rows by verdict."""
        bad = counts["bad"]
        return [
            (_("新增"), counts["new"], "success"), (_("变更"), counts["changed"], "info"),
            (_("相同，不改动"), counts["same"], "muted"), (_("有错误"), bad, "danger" if bad else "muted"),
        ]  # fmt: skip

    def writes(self, counts: Mapping[str, int]) -> int:
        """Return how many rows are new or changed."""
        return counts["new"] + counts["changed"]

    def commit(self, reader: Reader, job: ImportJob, form: FlaskForm, shown: Mapping[str, Any]) -> str:
        """Set the numbers."""
        counts = quota_import.commit(reader.session, reader.actor, job.ref, mode_of(form)).counts
        return _(
            "已写入：新增 %(new)s 行，变更 %(changed)s 行；相同未动 %(same)s 行，未写入 %(bad)s 行",
            new=counts.new, changed=counts.changed, same=counts.same, bad=counts.bad,
        )  # fmt: skip

    def blank(self, reader: Reader) -> Download:
        """Return the empty template."""
        return Download(_("额度导入模板"), template(reader.session, reader.actor))

    def filled(self, reader: Reader) -> Download:
        """Return the template with the present numbers."""
        data = template(reader.session, reader.actor, filled=True)
        note(
            reader.session,
            f"{self.noun}.export",
            self.noun,
            changes={"格式": "xlsx"},
            reason="额度导入模板（含现有数据）",
        )
        return Download(_("额度导入模板（含现有数据）"), data)
