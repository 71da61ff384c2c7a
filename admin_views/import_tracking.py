"""Tracking numbers by table, as the import pages know them: a courier's list back on the mailing list."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from admin_views.import_kind import Download, Figure, TableKind, Words, mode_of
from admin_views.list_page import EXPORTS, Reader
from admin_views.sentences import spoken
from exchange import importing, tracking_import
from exchange.importing import Planned
from exchange.tracking_template import INSTRUCTIONS, template
from models import ImportJob
from workflow.actors import Actor


class TrackingImport(TableKind):
    """The courier's numbers of parcels."""

    noun = machine = "parcel"
    key = tracking_import.KEY

    def may(self, actor: Actor) -> bool:
        """Whether the actor may import."""
        return tracking_import.may(actor)

    def words(self) -> Words:
        """Return the words of the pages."""
        return Words(
            title=_("导入快递单号"), link=_("导入快递单号"), file=_("快递单号表或邮寄清单"), limits=_("Excel（xlsx）或 CSV，不超过 5 MB、10 万行"),
            confirm=_("第三步：确认写入"), act=_("写入"), done=_("已写入"), to_list=_("返回列表"), changes=(_("将写入的内容"), _("写入的内容")),
            heads={
                "budgets": "", "pool": _("操作"), "limit": "", "key": _("包裹号"), "column": _("列"), "after": _("写入后"),
            },
            instructions=[spoken(line) for line in INSTRUCTIONS],
            templates=[
                (_("下载空白模板"), url_for("importing.blank", noun=self.key)),
                (_("到列表导出邮寄清单"), url_for("parcel.index", status="packed", panel=EXPORTS)),
            ],
        )  # fmt: skip

    def read(self, reader: Reader, data: bytes, filename: str, target: int | None) -> Planned:
        """Say what a table would do."""
        return tracking_import.plan(reader.session, reader.actor, data, filename)

    def figures(self, counts: Mapping[str, int], *, done: bool) -> list[Figure]:
        """Return the rows by verdict."""
        told = [
            (_("已登记寄出") if done else _("登记寄出"), "new", "success"), (_("相同，不改动"), "same", "muted"), (_("有错误"), "bad", "danger"),
        ]  # fmt: skip
        return [(word, counts[key], tone if counts[key] else "muted") for word, key, tone in told]

    def commit(self, reader: Reader, job: ImportJob, form: FlaskForm, shown: Mapping[str, Any]) -> str:
        """Let the parcels leave."""
        done = tracking_import.commit(reader.session, reader.actor, job.ref, mode_of(form))
        return _("已登记寄出 %(n)s 个包裹，未写入 %(bad)s 行", n=len(done.due), bad=done.bad)

    def blank(self, reader: Reader) -> Download:
        """Return the empty template."""
        return Download(_("快递单号导入模板"), template(importing.edition_code(reader.session, reader.actor)))
