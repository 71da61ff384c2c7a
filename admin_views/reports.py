"""The daily report (日报) and single tables of the start page as workbooks, entered in the trail before they leave."""

from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from admin_views import home, languages, panels
from admin_views.downloads import KINDS
from admin_views.figures import Counting
from admin_views.list_page import Reader
from admin_views.nodes import read_nodes
from admin_views.panels import Panel
from exchange.daily_report import Column, Sheet, Table, workbook
from exchange.filenames import content_disposition
from extensions import begin_writing, db
from models.columns import SHANGHAI
from models.kinds import now
from workflow.actors import Forbidden, actor_of
from workflow.trail import note

OVERVIEW = "funnel"  # the panel that stands on the report's first sheet, with what waits and the deadlines
blueprint = Blueprint("reports", __name__, url_prefix="/admin/report")


@blueprint.route("", methods=["POST"])
def report() -> ResponseReturnValue:
    """Send one table, or all that the reader is shown as the report of the day."""
    session = db.session()
    session.info["read_only"] = True
    reader = Reader(session, actor_of(session), languages.chosen(), url_for("admin.index"))
    counting, moment = Counting(reader, read_nodes(session)), now().astimezone(SHANGHAI)
    wanted = [name for name in panels.PANELS if name == request.form.get("panel")]
    found = panels.panels(counting, wanted or panels.PANELS)
    if not found:
        raise Forbidden("report")
    title = found[0].title if wanted else _("日报")
    found.sort(key=lambda panel: panel.chart == "line")  # the days come last
    sheets = [Sheet(panel.title, [_table(panel)]) for panel in found if wanted or panel.name != OVERVIEW]
    if not wanted:
        sheets.insert(0, Sheet(_("总览"), _overview(counting, found)))
    begin_writing()
    told = {"内容": "、".join(sheet.name for sheet in sheets), "格式": "xlsx"}
    note(session, "edition.report", "edition", reader.actor.edition_id, changes=told)
    session.commit()
    return _file(workbook(_title(title, moment), _facts(moment), moment, sheets), title, moment)


def _file(data: bytes, title: str, moment: datetime) -> Response:
    answer = Response(data, mimetype=KINDS["xlsx"])
    name = f"{title}_{current_user.account.delegation.short_name}_{moment:%Y-%m-%d_%H%M}.xlsx"
    answer.headers["Content-Disposition"] = content_disposition(name)
    return answer


def _title(title: str, moment: datetime) -> str:
    return f"{current_user.edition_name} {current_user.account.delegation.short_name} {title}（{moment:%Y-%m-%d}）"


def _facts(moment: datetime) -> list[str]:
    return [
        _("节点：%(name)s", name=current_user.account.delegation.name),
        _("数据截至：%(when)s（北京时间）", when=f"{moment:%Y-%m-%d %H:%M}"),
        _("制表：%(name)s", name=current_user.account.name),
    ]


def _table(panel: Panel) -> Table:
    columns = [Column(head.label, head.kind, head.group) for head in panel.heads]
    rows = [[cell.value for cell in row] for row in panel.rows]
    return Table(panel.title, columns, rows, [cell.value for cell in panel.total], lines=panel.chart == "line")


def _overview(counting: Counting, found: list[Panel]) -> list[Table]:
    """Return the first sheet: how far everything has come, what waits, the deadlines."""
    tables = [_table(panel) for panel in found if panel.name == OVERVIEW]
    if waiting := home.waiting(counting):
        columns = [
            Column(_("待办事项"), "text"),
            Column(_("数量")),
            Column(_("最久（天）")),
            Column(_("其中超期"), "text"),
        ]
        rows: list[list[Any]] = [
            [each["label"], each["n"], each["days"], _("；").join(f"{words} {n}" for words, n, _url in each["late"])]
            for each in waiting
        ]
        rows += [[each["text"], each["n"], None, ""] for each in home.reminders(counting)]
        tables.append(Table(_("待办"), columns, rows))
    if limits := home.deadlines(counting.reader):
        columns = [Column(_("期限"), "text"), Column(_("日期"), "date"), Column(_("剩余"), "text")]
        tables.append(
            Table(
                _("期限"), columns, [[each["label"], date.fromisoformat(each["day"]), each["text"]] for each in limits]
            )
        )
    return tables
