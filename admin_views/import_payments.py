"""Payments by table, as the import pages know it."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from admin_views.import_kind import Download, Figure, TableKind, Words, mode_of
from admin_views.list_page import Reader
from admin_views.sentences import spoken
from exchange import importing, payment_import
from exchange.importing import Planned
from exchange.payment_reading import INSTRUCTIONS, template
from models import ImportJob


class PaymentImport(TableKind):
    """What persons paid, by the bank's list."""

    noun = payment_import.NOUN

    def words(self) -> Words:
        """Return the words of the pages."""
        return Words(
            title=_("导入缴费记录"), link=_("导入"), file=_("缴费表"), limits=_("Excel（xlsx）或 CSV，不超过 5 MB、10 万行"),
            confirm=_("第三步：确认写入"), act=_("写入"), done=_("已写入"), to_list=_("查看缴费记录"), changes=(_("将登记的缴费"), _("已登记的缴费")),
            heads={"key": _("人员编号"), "column": _("列"), "after": _("登记金额（元）")},
            instructions=[spoken(line) for line in INSTRUCTIONS],
            templates=[(_("下载空白模板"), url_for("importing.blank", noun=self.noun))],
        )  # fmt: skip

    def read(self, reader: Reader, data: bytes, filename: str, target: int | None) -> Planned:
        """Say what a table would do."""
        return payment_import.plan(reader.session, reader.actor, data, filename)

    def figures(self, counts: Mapping[str, int], *, done: bool) -> list[Figure]:
        """Return the rows by verdict."""
        bad = counts["bad"]
        return [
            (_("已登记") if done else _("将登记"), counts["new"], "success"), (_("已登记过，不改动"), counts["same"], "muted"),
            (_("有错误"), bad, "danger" if bad else "muted"),
        ]  # fmt: skip

    def commit(self, reader: Reader, job: ImportJob, form: FlaskForm, shown: Mapping[str, Any]) -> str:
        """Record the payments."""
        counts = payment_import.commit(reader.session, reader.actor, job.ref, mode_of(form))
        return _(
            "已登记 %(new)s 笔缴费；已登记过 %(same)s 笔，未写入 %(bad)s 行",
            new=counts["new"],
            same=counts["same"],
            bad=counts["bad"],
        )

    def blank(self, reader: Reader) -> Download:
        """Return the empty template."""
        return Download(_("缴费导入模板"), template(importing.edition_code(reader.session, reader.actor)))
