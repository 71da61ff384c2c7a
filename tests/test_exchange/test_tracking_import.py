"""Tracking numbers by table: what is written, and that nothing is where anything is wrong (DOMAIN §5.4)."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from exchange import importing, mailing_list, tracking_import
from exchange.export import Export
from exchange.importing import Refused
from exchange.sheet_source import MIB, SheetError
from exchange.tracking_template import template
from models import Audit, Certificate, CertificateStatus, Parcel, ParcelStatus, Role
from models.columns import columns_of
from models.kinds import now
from tests import factories
from tests.conftest import on_sqlite
from tests.test_exchange import books as parts
from tests.test_workflow import _cast
from workflow import books
from workflow.actors import SYSTEM, Forbidden, acting

HEAD = ("包裹号*", "快递公司*", "快递单号*", "寄出日期")
SF = "顺丰速运"
B, C = ParcelStatus, CertificateStatus


@pytest.fixture
def clerk(session, world):
    return _cast.actors(session, world)[Role.secretariat]


def book(*rows, head=HEAD):
    workbook = Workbook()
    for row in (head, *rows):
        workbook.active.append(row)
    data = BytesIO()
    workbook.save(data)
    return data.getvalue()


def parcels_of(session, world, *, count=2, node=None, state=B.packed, **values):
    """Make parcels with a card each."""
    unit, made = factories.unit(session, world.edition, node or world.sub), []
    for _ in range(count):
        parcel = factories.parcel(session, unit, state, cards=1, **values)
        factories.certificate(
            session, factories.person(session, unit), status=C.made if state is B.packed else C.mailing, parcel_id=parcel.id,
            card_no=f"7{parcel.id:08d}",
        )  # fmt: skip
        made.append(parcel)
    session.commit()
    return made


def plan(session, actor, *rows, **more):
    return tracking_import.plan(session, actor, book(*rows, **more), "运单.xlsx")


def written(session, actor, planned, mode="all"):
    job = importing.keep(session, actor, tracking_import.KEY, planned)
    session.commit()
    done = tracking_import.commit(session, actor, job.ref, mode)
    session.commit()
    return done


def standing(session):
    return _cast.values(session, Parcel, "status", "courier", "tracking_no", "sent_on")


def found(planned):
    return [(error.row, error.column, error.rule) for error in planned.errors]


def test_parcels_leave_with_their_numbers_and_cards_and_the_same_file_again_changes_nothing(session, world, clerk):
    first, second = parcels_of(session, world)
    rows = [(first.number, SF, "sf 0001234567", "2024.10.20"), (second.number.lower(), SF, "SF0001234568", None)]
    planned = plan(session, clerk, *rows)
    assert (planned.counts, planned.errors) == ({"new": 2, "same": 0, "bad": 0}, [])
    assert standing(session) == [(B.packed, None, None, None)] * 2

    done = written(session, clerk, planned)

    today = (now() + timedelta(hours=8)).date()
    assert standing(session) == [
        (B.sent, SF, "SF0001234567", date(2024, 10, 20)), (B.sent, SF, "SF0001234568", today),
    ]  # fmt: skip
    assert _cast.values(session, Certificate, "status") == [C.mailing] * 2
    assert done.page()["moves"] == [["dispatched", 2, 0, done.receipt]]
    assert done.receipt
    again = plan(session, clerk, *rows)
    assert (again.counts, again.errors) == ({"new": 0, "same": 2, "bad": 0}, [])
    before = _cast.business(session)
    session.rollback()
    written(session, clerk, again)
    changed = {name for name, rows in _cast.business(session).items() if rows != before[name]}
    assert changed <= {"import_job"}


@on_sqlite
def test_the_trail_tells_who_wrote_which_number(session, world, clerk):
    [parcel] = parcels_of(session, world, count=1)
    written(session, clerk, plan(session, clerk, (parcel.number, SF, "SF0001234567", None)))
    with acting(session, SYSTEM):
        rows = session.execute(
            select(Audit.action, Audit.actor)
            .where(Audit.object_ref == parcel.ref, Audit.account_id.is_not(None))
            .order_by(Audit.id)
        )
        assert [tuple(row) for row in rows] == [("parcel.edit", clerk.name), ("parcel.dispatched", clerk.name)]


WRONG = {
    "a parcel that is nobody's": (("8P99999999", SF, "SF0001234567", None), "包裹号", "没有这个包裹"),
    "no parcel": ((None, SF, "SF0001234567", None), "包裹号", "未填写"),
    "no courier": (("{}", None, "SF0001234567", None), "快递公司", "应为2至50个字"),
    "no number": (("{}", SF, None, None), "快递单号", "未填写"),
    "a number as a number": (("{}", SF, 784512369874512, None), "快递单号", "单元格C2为数值格式，末位已丢失"),
    "a number that was one": (("{}", SF, "7.84512E+14", None), "快递单号", "单元格C2为科学计数法，末位已丢失"),
    "words for a number": (("{}", SF, "单号稍后补", None), "快递单号", "应为6至40位字母、数字或连字符"),
    "a formula": (("{}", SF, "=A1", None), "快递单号", "单元格C2是公式"),
    "no day": (("{}", SF, "SF0001234567", "昨天"), "寄出日期", "“昨天”不是可识别的日期"),
    "tomorrow": (("{}", SF, "SF0001234567", date.today() + timedelta(days=2)), "寄出日期", "晚于今天"),  # noqa: DTZ011 - two days ahead in any zone
}


@on_sqlite
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_cell_is_told_and_nothing_is_written(session, world, clerk, case):
    row, column, rule = WRONG[case]
    good, bad = parcels_of(session, world)
    typed = tuple(bad.number if cell == "{}" else cell for cell in row)
    planned = plan(session, clerk, typed, (good.number, SF, "SF0009999999", None))
    assert [(place, name) for place, name, _ in found(planned)] == [(2, column)]
    assert found(planned)[0][2] == rule
    job = importing.keep(session, clerk, tracking_import.KEY, planned)
    session.commit()
    with pytest.raises(Refused, match="有1行错误"):
        tracking_import.commit(session, clerk, job.ref)
    assert standing(session) == [(B.packed, None, None, None)] * 2
    assert tracking_import.commit(session, clerk, job.ref, "good").counts["new"] == 1
    assert [row[0] for row in standing(session)] == [B.sent, B.packed]


@on_sqlite
def test_rows_that_contradict_each_other_or_what_stands_are_refused(session, world, clerk):
    a, b, c = parcels_of(session, world, count=3)
    [gone] = parcels_of(session, world, count=1, state=B.sent, courier=SF, tracking_no="SF0000000001")
    [opened] = parcels_of(session, world, count=1)
    _cast.put(opened, status=B.unpacked)
    session.commit()
    planned = plan(
        session, clerk, (a.number, SF, "SF0000000009", None), (a.number, SF, "SF0000000008", None), (b.number, SF, "SF0000000007", None),
        (c.number, SF, "SF0000000007", None), (gone.number, SF, "SF0000000002", None), (opened.number, SF, "SF0000000003", None),
    )  # fmt: skip
    assert found(planned) == [
        (2, "包裹号", "第2、3行包裹号重复"), (3, "包裹号", "第2、3行包裹号重复"), (4, "快递单号", "第4、5行快递单号重复"),
        (5, "快递单号", "第4、5行快递单号重复"), (6, "快递单号", "已登记寄出，快递单号为顺丰速运 SF0000000001"), (7, "包裹号", "包裹已拆开"),
    ]  # fmt: skip
    taken = plan(session, clerk, (a.number, SF, "SF0000000001", None))
    assert found(taken) == [(2, "快递单号", "该快递单号已登记在另一包裹上")]


def test_a_parcel_of_another_province_or_edition_does_not_leave(session, world, clerk):
    [foreign] = parcels_of(session, world, count=1, node=world.foreign_sub)
    past = factories.edition(session, name="第六届", is_current=False)
    old = factories.parcel(session, factories.unit(session, past, world.sub))
    session.commit()
    planned = plan(session, clerk, (foreign.number, SF, "SF0000000004", None), (old.number, SF, "SF0000000005", None))
    assert found(planned) == [(2, "包裹号", "没有这个包裹"), (3, "包裹号", "包裹属于第六届，不是本届")]
    with acting(session, SYSTEM):
        assert session.get_one(Parcel, foreign.id).status is B.packed


@on_sqlite
def test_what_changed_since_the_preview_is_not_written(session, world, clerk):
    [parcel] = parcels_of(session, world, count=1)
    job = importing.keep(
        session, clerk, tracking_import.KEY, plan(session, clerk, (parcel.number, SF, "SF0000000006", None))
    )
    session.commit()
    _cast.done(session, clerk, "parcel", "unpack", parcel.id)
    with pytest.raises(Refused, match="数据在预览后已变化"):
        tracking_import.commit(session, clerk, job.ref)
    assert standing(session) == [(B.unpacked, None, None, None)]


@on_sqlite
def test_only_who_hands_parcels_over_may_import(session, world):
    for role, actor in _cast.actors(session, world).items():
        if role is not Role.secretariat:
            with pytest.raises(Forbidden):
                plan(session, actor, ("8P00000001", SF, "SF0001234567", None))


@on_sqlite
def test_a_table_in_gb18030_is_read(session, world, clerk):
    [parcel] = parcels_of(session, world, count=1)
    text = f"包裹号,快递公司,快递单号\r\n{parcel.number},邮政速递,EMS123456\r\n"
    planned = tracking_import.plan(session, clerk, text.encode("gb18030"), "运单.csv")
    assert (planned.counts["new"], planned.due[0].line.courier) == (1, "邮政速递")


OLE, PACKAGE = bytes.fromhex("D0CF11E0A1B11AE1"), "EncryptedPackage".encode("utf-16-le")
BOMB = parts.book(parts.DATA, after="<!--" + " " * (70 * MIB) + "-->")
HOSTILE = {
    "rows beyond the limit": (lambda: b"\xe5\x8c\x85\xe8\xa3\xb9\xe5\x8f\xb7\n" + b"8P1\n" * 1_000_001, "运单.csv", "100000 行|100,000 行|5 MB|MB"),
    "a password": (lambda: OLE + PACKAGE, "运单.xlsx", "文件已加密"),
    "a bomb": (lambda: BOMB, "运单.xlsx", "压缩比超过|展开后超过"),
    "another table": (lambda: book((1,), head=("代码",)), "运单.xlsx", "缺少列“包裹号”“快递公司”“快递单号”"),
    "a column twice": (lambda: book(head=(*HEAD, "快递单号")), "运单.xlsx", "列“快递单号”出现了两次"),
    "nothing": (lambda: b"", "运单.xlsx", "文件是空的"),
}  # fmt: skip


@on_sqlite
@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_that_is_no_such_table_is_refused_in_words(session, clerk, case):
    make, name, words = HOSTILE[case]
    with pytest.raises(SheetError, match=words):
        tracking_import.plan(session, clerk, make(), name)


@on_sqlite
def test_the_template_and_the_filled_mailing_list_are_both_read(session, world, clerk):
    parcels = parcels_of(session, world, count=2, recv_region="福建省泉州市石狮市", recv_postcode="362700")
    assert tracking_import.plan(session, clerk, template(), "空.xlsx").rows == []
    asked = Export(Parcel, tuple(columns_of(Parcel).values()), [Parcel.status == B.packed], [Parcel.id.asc()])
    with acting(session, clerk):
        data = b"".join(mailing_list.stream(session, asked))
    sheet = load_workbook(BytesIO(data))
    table = [[cell.value for cell in row] for row in sheet.active]
    assert table[0] == [
        "包裹号", "单位名称", "收件人", "收件手机", "省", "市", "区县", "详细地址", "邮编", "证件数量", "证件号", "持证人", "快递公司", "快递单号",
        "寄出日期", "备注",
    ]  # fmt: skip
    assert table[1][2:10] == ["王五", table[1][3], "福建省", "泉州市", "石狮市", "五四路1号", "362700", 1]
    assert table[1][3].startswith("137")
    assert len(table[1][3]) == 11
    for number, row in enumerate(sheet.active.iter_rows(min_row=2)):
        row[12].value, row[13].value = SF, f"SF00000000{number}0"
    filled = BytesIO()
    sheet.save(filled)
    planned = tracking_import.plan(session, clerk, filled.getvalue(), "邮寄清单.xlsx")
    assert (planned.counts["new"], planned.errors) == (2, [])
    assert [each.parcel.number for each in planned.due] == [parcel.number for parcel in parcels]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("福建省福州市鼓楼区", ("福建省", "福州市", "鼓楼区")),
        ("福建省 泉州市 石狮市", ("福建省", "泉州市", "石狮市")),
        ("上海市浦东新区", ("上海市", "上海市", "浦东新区")),
        ("内蒙古自治区锡林郭勒盟锡林浩特市", ("内蒙古自治区", "锡林郭勒盟", "锡林浩特市")),
        ("福州市鼓楼区", ("", "福州市", "鼓楼区")),
        ("HONG KONG", ("", "", "HONGKONG")),
        ("", ("", "", "")),
    ],
)
def test_a_region_is_parted_and_nothing_of_it_is_lost(text, parts):
    region = mailing_list.parted(text)
    assert (region.province, region.city, region.district) == parts


@on_sqlite
def test_the_books_are_clean_after_an_import(session, world, clerk):
    [parcel] = parcels_of(session, world, count=1)
    written(session, clerk, plan(session, clerk, (parcel.number, SF, "SF0001234567", None)))
    assert [line for line in books.check(session) if "包裹" in line or "寄递" in line] == []
