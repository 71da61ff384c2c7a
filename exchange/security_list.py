"""The list for the police as an encrypted workbook: what was frozen of each row, and columns for the results (DOMAIN §5.3).

It is encrypted as Excel does it (ECMA-376 agile, AES-256), so that Excel, WPS and LibreOffice open it with the password.
"""

import secrets
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, Final

from msoffcrypto.format.ooxml import OOXMLFile
from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange.cells import SHUT, HeaderCell, Look, local_time
from exchange.template_book import CHOICES
from exchange.xlsx_parts import Check, Form, SideSheet
from exchange.xlsx_source import INSTRUCTIONS, META
from exchange.xlsx_writer import stream_xlsx
from models import Edition, SecurityBatch, SecurityKind, SecurityRow, SecurityStatus, keyring
from models.countries import country
from models.kinds import ALPHABET, now, opened
from workflow.actors import Actor, unscoped

TEMPLATE: Final = "security_list"
SHEET: Final = "送审名单"
BATCH, PERSON, NAME, PAPER, TAIL, MARK = "批次号", "人员编号", "姓名", "证件号码", "证件号码后四位", "校验码"
RESULT, CODE, DAY = "审核结果", "原因代码", "审核日期"
WIDTHS: Final[Mapping[str, float]] = {
    BATCH: 18, "序号": 7, PERSON: 14, NAME: 12, "英文姓名": 20, "性别": 6, "出生日期": 12, "国籍(地区)": 12, "证件类型": 20,
    PAPER: 22, "工作单位": 30, "统一社会信用代码": 22, "职务": 14, "手机号码": 16, "交易团/分团": 18, "人员标签": 12, MARK: 24,
    "类型": 8, "说明": 26,
}  # fmt: skip
TO_FILL: Final[Mapping[str, float]] = {RESULT: 12, CODE: 14, DAY: 14}
RESULTS: Final[Mapping[str, SecurityStatus]] = {
    member.label: member for member in (SecurityStatus.passed, SecurityStatus.not_passed, SecurityStatus.data_wrong)
}
GUIDE: Final = (
    "请只在黄色列中填写：审核结果（通过、不通过、信息不符）、原因代码（可不填）、审核日期；没有结果的行留空，可分几次返回。",
    "类型为“变更”的人员移交过，信息有变或重新提交，须重新审核；“撤回”的人员不再需要审核，不填结果。",
    "灰色列请勿改动：批次号、人员编号、姓名、证件号码和校验码用来核对每一行。",
    "请连同打开密码一并交回省团秘书处，或由公安审核账号在“送审人员 → 导入审核结果”上传。",
)
GROUPS, GROUP = 4, 5  # of the password: 20 of 32 characters, 100 bits


def new_password() -> str:
    """Make a password that can be read aloud and typed: four groups of five characters without look-alikes."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def mark(number: str, person_ref: str, identity: str) -> str:
    """Return a row's check value: a keyed hash of batch, person and frozen identity; no spreadsheet takes it for a number."""
    return "h" + keyring.current().index(f"{number}|{person_ref}|{identity}", "security.row", 20).lower()


def encrypted(plain: bytes, password: str) -> bytes:
    """Return a workbook that opens with the password only."""
    sealed = BytesIO()
    OOXMLFile(BytesIO(plain)).encrypt(password, sealed)
    return sealed.getvalue()


def workbook(session: Session, actor: Actor, batch: SecurityBatch) -> bytes:
    """Return a batch's list as it was frozen, numbers in full; only ever to be handed out ``encrypted``."""
    header = [
        *(HeaderCell(title, width, look=Look.shut) for title, width in WIDTHS.items()),
        *(HeaderCell(title, width, look=Look.open) for title, width in TO_FILL.items()),
    ]
    with unscoped(session):
        edition = session.get_one(Edition, batch.edition_id).code
    note = {"template": TEMPLATE, "version": "1", "edition": edition, "batch": batch.number}
    made = f"{batch.number} {actor.name} {local_time(now()):%Y-%m-%d %H:%M:%S}"
    checks = [
        Check(RESULT, "list_result", "从列表中选择；没有结果的行留空", "请填写：通过、不通过、信息不符"),
        Check(CODE, "", "不超过 20 个字母、数字", "请只填写代码"),
        Check(DAY, "", "如 2026-09-01", "请填写日期，如 2026-09-01"),
    ]
    form = Form(checks=checks, frozen=4, beside=lambda: _beside(note))
    return b"".join(stream_xlsx(header, _rows(session, batch), SHEET, made, form=form))


def _beside(note: Mapping[str, str]) -> tuple[list[SideSheet], dict[str, str]]:
    guide = SideSheet(INSTRUCTIONS, [[line] for line in GUIDE], (110,))
    choices = SideSheet(CHOICES, [[label] for label in RESULTS], hidden=True)
    meta = SideSheet(META, [[key, value] for key, value in note.items()], hidden=True)
    return [guide, choices, meta], {"list_result": f"'{CHOICES}'!$A$1:$A${len(RESULTS)}"}


def _rows(session: Session, batch: SecurityBatch) -> Iterator[tuple[object, ...]]:
    own = SecurityRow.batch_id == batch.id
    before = select(SecurityRow.id, SecurityBatch.number, SecurityRow.number).join(
        SecurityBatch, SecurityBatch.id == SecurityRow.batch_id
    )
    referred = before.where(SecurityRow.id.in_(select(SecurityRow.earlier_id).where(own)))
    earlier = {row[0]: f"原批次 {row[1]} 第 {row[2]} 号" for row in session.execute(referred)}
    rows = select(SecurityRow).where(own).order_by(SecurityRow.number)
    for row in session.scalars(rows.execution_options(yield_per=500)):
        told = earlier.get(row.earlier_id or 0, "")
        fill = SHUT if row.kind is SecurityKind.WITHDRAWN else None
        yield (*_facts(batch, row), row.kind.label, told, fill, fill, fill)


def _facts(batch: SecurityBatch, row: Any) -> tuple[str, ...]:
    return (
        batch.number, str(row.number), row.person_ref, row.name, row.name_en or "", row.sex.label if row.sex else "",
        str(row.birth_date or ""), country(row.nationality, english=False) if row.nationality else "", row.id_type.label,
        opened(row, "id_no"), row.unit_name or "", row.uscc or "", row.title or "", opened(row, "mobile"), row.node_name or "",
        row.label.label, mark(batch.number, row.person_ref, row.identity),
    )  # fmt: skip
