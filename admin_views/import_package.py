"""Transfer packages, as the import pages know them: an archive with a password, from a delegation of another province."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField

from admin_views import stored
from admin_views.editing import files_folder
from admin_views.fields import Wanted
from admin_views.filters import read_id
from admin_views.import_kind import Figure, Kind, Words, mode_of
from admin_views.list_page import Reader
from admin_views.nodes import read_nodes
from exchange import package_import
from exchange.importing import Planned
from extensions import begin_writing
from models import ImportJob
from workflow.actors import Actor
from workflow.answers import AnswersInvalid


class PackageImport(Kind):
    """A unit that arrives with its persons, pictures and reviews."""

    noun = package_import.NOUN
    accept = ".zip"
    hands_back = False

    def may(self, actor: Actor) -> bool:
        """Whether the actor's role has the right."""
        return package_import.may(actor)

    def words(self) -> Words:
        """Return the words of the pages."""
        return Words(
            title=_("导入移交包"), link=_("导入移交包"), file=_("移交包"), limits=_("对方生成的 .zip 文件，不超过 60 MB"),
            confirm=_("第三步：确认接收"), act=_("接收"), done=_("已接收"), to_list=_("返回列表"), changes=(_("将接收的人员"), _("已接收的人员")),
            heads={"budgets": "", "pool": "", "limit": "", "key": _("编号"), "column": _("列"), "after": _("接收后")},
            instructions=[
                _("移交包由转出方的省交易团秘书处生成，密码由对方另行告知。"),
                _("先核对、后写入：清单逐个核对文件，缺少、多出或被改动的文件都会指出。"),
                _("单位进入所选交易团/分团的“待初审”；人员标签改为专业观众，须重新确认统付与标签。"),
                _("额度、统付决定和证件不随单位转移；同一个移交包只能导入一次。"),
            ],
        )  # fmt: skip

    def fields(self, reader: Reader) -> dict[str, Any]:
        """Ask for the password and for the node that takes the unit in."""
        nodes = read_nodes(reader.session).names
        return {
            "password": PasswordField(_("密码"), [Wanted()], description=_("由转出方另行告知"), render_kw={"autocomplete": "off"}),
            "target_id": SelectField(
                _("接收的交易团/分团"), [Wanted()], choices=[(str(node), name) for node, name in nodes.items()],
                default=str(reader.actor.delegation_id), validate_choice=False, render_kw=stored.keywords(reader.lang),
            ),
        }  # fmt: skip

    def plan(self, reader: Reader, data: bytes, filename: str, form: FlaskForm) -> Planned:
        """Say what a package would do: others may write while it is read, then it is all done and taken back."""
        try:
            target = read_id(form["target_id"].data or "")
        except ValueError as error:
            raise AnswersInvalid({"target_id": str(error)}) from error
        password = (form["password"].data or "").strip().upper()
        opened = package_import.read(reader.actor, data, filename, password)
        begin_writing()
        return package_import.plan(reader.session, reader.actor, opened, target)

    def again(self, reader: Reader, job: ImportJob) -> Planned:
        """Say what a kept package would do now."""
        return package_import.again(reader.session, reader.actor, job)

    def figures(self, counts: Mapping[str, int], *, done: bool) -> list[Figure]:
        """Return the persons by what becomes of them, and the pictures."""
        bad = counts["bad"]
        return [
            (_("单位"), counts["units"], "success"), (_("人员"), counts["persons"], "success"), (_("图片"), counts["files"], "info"),
            (_("不能接收的人员"), bad, "danger" if bad else "muted"),
        ]  # fmt: skip

    def writes(self, counts: Mapping[str, int]) -> int:
        """Return how many rows come."""
        return counts["units"] + counts["persons"]

    def modes(self, shown: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return what may be done about persons that cannot come."""
        return [
            ("all", _("全部接收或都不接收：请对方改好 %(n)s 名人员再移交", n=shown["bad"])),
            ("good", _("只接收单位和可以接收的 %(n)s 名人员", n=shown["counts"]["persons"])),
        ]

    def commit(self, reader: Reader, job: ImportJob, form: FlaskForm, shown: Mapping[str, Any]) -> str:
        """Take the unit in."""
        done = package_import.commit(reader.session, reader.actor, job.ref, mode_of(form), files_folder())
        return _("已接收“%(unit)s”和 %(n)s 名人员", unit=done.arrival.unit_name, n=len(done.arrival.arrived))
