"""Results of the police check by table, as the import pages know them."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField

from admin_views.import_decisions import DecisionImport
from admin_views.import_kind import Figure, Words, mode_of
from admin_views.list_page import Reader
from admin_views.sentences import spoken
from exchange import security_import
from exchange.importing import Planned
from exchange.security_list import GUIDE
from extensions import begin_writing
from models import ImportJob
from workflow.actors import Actor
from workflow.rights import allowed

NEEDED = (
    "需要的列：批次号、人员编号、姓名、证件号码后四位（或证件号码）、审核结果、审核日期。",
    "有“校验码”列时逐行核对；移交后身份信息变更的人员、已收回批次的人员不能登记。",
)


class SecurityImport(DecisionImport):
    """The three results, row by row, as moves of the persons."""

    def __init__(self) -> None:
        super().__init__(security_import.NOUN)
        self.machine = "person"

    def may(self, actor: Actor) -> bool:
        """Whether the actor's role has the right."""
        return allowed(actor, "import", self.noun)

    def words(self) -> Words:
        """Return the words of the pages."""
        return Words(
            title=_("导入审核结果"), link=_("导入审核结果"), file=_("填好结果的送审名单"),
            limits=_("Excel（xlsx）或 CSV，不超过 20 MB、10 万行"), confirm=_("第三步：确认登记"), act=_("登记"), done=_("已登记"),
            to_list=_("返回列表"), changes=(_("将登记的结果"), _("已登记的结果")),
            heads={
                "budgets": _("额度余额"), "pool": _("操作"), "limit": _("额度"), "key": _("人员编号"), "column": _("审核结果"),
                "after": _("登记后"),
            },
            instructions=[spoken(line) for line in (*GUIDE[:3], *NEEDED)],
        )  # fmt: skip

    def fields(self, reader: Reader) -> dict[str, Any]:
        """Ask for the password of a file that has one; it is used once and not kept."""
        said = _("文件没有密码时不填；密码只用来打开这一次，不保存")
        return {
            "password": PasswordField(
                _("打开密码"), description=said, render_kw={"autocomplete": "off", "maxlength": 255}
            )
        }

    def plan(self, reader: Reader, data: bytes, filename: str, form: FlaskForm) -> Planned:
        """Say what a table would do: others may write while it is read, then it is all done and taken back."""
        password = (form["password"].data or "").strip()
        asked = security_import.read(reader.session, reader.actor, data, filename, password)
        begin_writing()
        return security_import.plan(reader.session, reader.actor, asked)

    def again(self, reader: Reader, job: ImportJob) -> Planned:
        """Say what a kept table would do now."""
        asked = security_import.read(reader.session, reader.actor, job.content, job.filename)
        return security_import.plan(reader.session, reader.actor, asked)

    def figures(self, counts: Mapping[str, int], *, done: bool) -> list[Figure]:
        """Return the rows by fate."""
        told = [
            (_("已登记") if done else _("将登记"), "will", "success"), (_("没有结果，不登记"), "blank", "muted"),
            (_("相同，不重复登记"), "same", "muted"), (_("移交后已变更"), "stale", "warning"), (_("不能登记"), "closed", "danger"),
            (_("有错误"), "bad", "danger"),
        ]  # fmt: skip
        return [(word, counts[key], tone if counts[key] else "muted") for word, key, tone in told]

    def modes(self, shown: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return what may be done about rows that cannot be written."""
        return [
            ("all", _("全部登记或都不登记：改好 %(n)s 行再上传", n=shown["bad"])),
            ("good", _("只登记可以登记的 %(n)s 行，其余这次不登记", n=self.writes(shown["counts"]))),
        ]

    def commit(self, reader: Reader, job: ImportJob, form: FlaskForm, shown: Mapping[str, Any]) -> str:
        """Write the results."""
        self.check(form, shown)
        done = security_import.commit(reader.session, reader.actor, job.ref, mode_of(form))
        return _("已登记 %(n)s 行，未登记 %(bad)s 行", n=done.counts["will"], bad=done.bad)
