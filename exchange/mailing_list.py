"""The mailing list for the courier: one parcel a row, recipients in full, the cards one by one (DOMAIN §5.4)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange.cells import HeaderCell
from exchange.export import CHUNK, Export
from exchange.labels import BROKEN
from exchange.xlsx_writer import stream_xlsx
from models import Certificate, Parcel, Unit
from models.columns import attribute
from models.keyring import SealBroken
from models.kinds import open_sealed

HEADER: Final = (
    HeaderCell("包裹号", 16), HeaderCell("单位名称", 30), HeaderCell("收件人", 12), HeaderCell("收件手机", 16), HeaderCell("省", 10),
    HeaderCell("市", 10), HeaderCell("区县", 10), HeaderCell("详细地址", 40), HeaderCell("邮编", 10), HeaderCell("证件数量", 10, text=False),
    HeaderCell("证件号", 30), HeaderCell("持证人", 30), HeaderCell("快递公司", 14), HeaderCell("快递单号", 20), HeaderCell("寄出日期", 12),
    HeaderCell("备注", 20),
)  # fmt: skip
_OF_ITSELF = "北京|天津|上海|重庆"
_REGION: Final = re.compile(
    rf"(?P<province>.*?(?:省|自治区|特别行政区)|(?:{_OF_ITSELF})市?)?(?P<city>.*?(?:市|自治州|地区|盟))?(?P<district>.*)"
)


@dataclass(frozen=True)
class Region:
    """A region in its three parts; what cannot be told apart stays together as the last one, so that nothing is lost."""

    province: str
    city: str
    district: str


def parted(region: str) -> Region:
    """Part a region as people type it: 福建省福州市鼓楼区; a municipality is its own city."""
    text = re.sub(r"[\s/，,、-]+", "", region)
    found = _REGION.fullmatch(text)
    province, city, district = found.groups(default="") if found else ("", "", text)
    if not city and re.fullmatch(rf"(?:{_OF_ITSELF})市?", province):
        city = province
    return Region(province, city, district)


def stream(session: Session, asked: Export) -> Iterator[bytes]:
    """Yield the workbook of the parcels asked for; numbers are whole, since a courier dials them."""
    yield from stream_xlsx(HEADER, _rows(session, asked), "邮寄清单")


def _rows(session: Session, asked: Export) -> Iterator[tuple[Any, ...]]:
    columns = ("number", "recv_name", "recv_region", "recv_address", "recv_postcode", "cards", "courier", "tracking_no", "sent_on")  # fmt: skip
    found = (
        select(Parcel.id, Parcel.ref, attribute(Parcel, "recv_mobile"), Unit.name.label("unit"), *(attribute(Parcel, key) for key in columns))
        .join(Unit, Unit.id == Parcel.unit_id)
        .where(*asked.conditions)
        .order_by(*asked.order)
    )  # fmt: skip
    for rows in session.execute(found, execution_options={"yield_per": CHUNK}).partitions(CHUNK):
        inside = _inside(session, [row.id for row in rows])
        yield from (_row(row, inside.get(row.id, [])) for row in rows)


def _inside(session: Session, ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Return number and holder of the cards in each parcel."""
    found: dict[int, list[tuple[str, str]]] = {}
    cards = select(Certificate.parcel_id, Certificate.card_no, Certificate.holder_name)
    for row in session.execute(cards.where(Certificate.parcel_id.in_(ids)).order_by(Certificate.id)):
        found.setdefault(row.parcel_id or 0, []).append((row.card_no or "", row.holder_name))
    return found


def _row(row: Any, cards: Sequence[tuple[str, str]]) -> tuple[Any, ...]:
    region = parted(row.recv_region or "")
    try:
        mobile = open_sealed("parcel", "recv_mobile", row.ref, row.recv_mobile)
    except SealBroken:
        mobile = BROKEN
    return (
        row.number, row.unit, row.recv_name, mobile, region.province, region.city, region.district, row.recv_address, row.recv_postcode,
        row.cards, "、".join(number for number, _ in cards), "、".join(name for _, name in cards), row.courier, row.tracking_no,
        row.sent_on, None,
    )  # fmt: skip
