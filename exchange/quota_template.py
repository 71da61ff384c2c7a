"""The quota template: VIP and staff badges per unit, keyed by USCC, before or after the unit registers (DOMAIN §5.1)."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange import importing
from exchange.template_book import TemplateColumn, build_template
from models import Delegation, Label, QuotaAllocation, Unit
from models.unit import OUT
from workflow.actors import Actor, Forbidden, acting
from workflow.rights import allowed

TEMPLATE: Final = "quota"
BOOK: Final = "额度导入模板"
VERSION: Final = "1"
MOST: Final = 999

NUMBER, CODE, NAME, REMARK = "序号", "统一社会信用代码", "单位名称", "备注"
LABELS: Final = {"VIP额度": Label.VIP, "工作人员额度": Label.STAFF}
_HELP = "设置为此数（不是增加）；留空保持不变，0 表示不分配"
COLUMNS: Final = (
    TemplateColumn(NUMBER, width=8),
    TemplateColumn(CODE, required=True, width=24, help="18 位，与证照一致；是系统识别单位的依据"),
    TemplateColumn(NAME, width=40, help="仅供核对；已登记的单位以登记名称为准"),
    *(TemplateColumn(title, required=True, width=14, help=_HELP, integer=(0, MOST)) for title in LABELS),
    TemplateColumn(REMARK, width=30, help="不超过 200 字"),
)
INSTRUCTIONS: Final = (
    "每家单位一行，以统一社会信用代码识别；单位登记前即可导入，登记后自动生效。",
    "填写的是额度总数：再次导入同一文件不会重复增加。留空表示保持不变，0 表示不分配。",
    "额度不能低于已占用数；合计不能超过本分团的额度余额。",
    "统一社会信用代码列为文本格式，请勿改为数值；从别处复制时请“选择性粘贴—数值”。",
    "上传后先核对，确认后才写入；有错误的行会在原表中标注原因。",
)


def template(session: Session, actor: Actor, *, filled: bool = False) -> bytes:
    """Return the workbook to fill in; ``filled`` with the units and presets in the actor's scope and their numbers.

    Raises Forbidden without the right to import.
    """
    if not allowed(actor, "import", "quota_allocation"):
        raise Forbidden("import quota_allocation")
    with acting(session, actor):
        rows = _standing(session, actor) if filled else []
    edition = importing.edition_code(session, actor)
    return build_template(COLUMNS, TEMPLATE, VERSION, INSTRUCTIONS, "额度", rows, edition=edition)


def _standing(session: Session, actor: Actor) -> list[tuple[object, ...]]:
    """List registered units with a code and presets, by node and name, with what each may use."""
    unit, row = Unit, QuotaAllocation
    units = session.execute(
        select(unit.id, unit.uscc, unit.name)
        .join(Delegation, Delegation.id == unit.delegation_id)
        .where(
            unit.edition_id == actor.edition_id, unit.uscc.is_not(None),
            unit.review_status.not_in(OUT),
        )
        .order_by(Delegation.code, unit.name, unit.id)
    ).all()  # fmt: skip
    names: dict[str, str] = {found.uscc: found.name for found in units if found.uscc}
    codes = {found.id: found.uscc for found in units}
    numbers: dict[tuple[str | None, Label], int] = {}
    remarks: dict[str | None, str] = {}
    stands = select(row.unit_id, row.uscc, row.unit_name, row.label, row.allotted, row.remark)
    for found in session.execute(stands.where(row.edition_id == actor.edition_id).order_by(row.id)):
        code = codes.get(found.unit_id, found.uscc) if found.unit_id else found.uscc
        if found.unit_id is None:
            names.setdefault(code, found.unit_name or "")
        numbers[code, found.label] = found.allotted
        remarks.setdefault(code, found.remark or "")
    return [
        (str(place), code, name, *(numbers.get((code, label)) for label in LABELS.values()), remarks.get(code, ""))
        for place, (code, name) in enumerate(names.items(), 1)
    ]
