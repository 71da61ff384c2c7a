"""Payments by table: a dry run with every error, then exactly that; the same file twice records nothing twice."""

import io
from datetime import timedelta

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from exchange import importing, payment_import
from exchange.reading import SheetError
from models import (
    Certificate,
    Edition,
    GroupPayDecision,
    Payment,
    PaymentStatus,
    Person,
    PersonStatus,
    Role,
    UnitStatus,
)
from tests import factories
from tests.test_exchange.books import book as hostile
from tests.test_workflow import _cast
from workflow import books
from workflow.actors import SYSTEM, Forbidden, acting

M, P = PaymentStatus, PersonStatus
HEAD = ("人员编号*", "金额(元)*", "支付日期*", "流水号*", "备注")
DAY = f"{factories.NOW - timedelta(days=1):%Y-%m-%d}"


@pytest.fixture
def finance(session, world):
    return _cast.actors(session, world)[Role.finance]


@pytest.fixture
def unit(session, world):
    made = _cast.ready_unit(session, world, world.sub, review_status=UnitStatus.approved)
    session.commit()
    return made


@pytest.fixture(autouse=True)
def _clean_books(session):
    yield
    session.rollback()
    assert books.check(session) == []


def persons(session, unit, count=1, status=P.approved, **values):
    made = [_cast.ready_person(session, unit, status, **values) for _ in range(count)]
    session.commit()
    return made


def table(*rows, head=HEAD):
    workbook = Workbook()
    for row in (head, *rows):
        workbook.active.append(row)
    data = io.BytesIO()
    workbook.save(data)
    return data.getvalue()


def plan(session, actor, *rows, data=None, name="缴费.xlsx"):
    with acting(session, actor):
        return payment_import.plan(session, actor, table(*rows) if data is None else data, name)


def rules(planned):
    return [(one.column, one.rule) for each in planned.rows for one in each.line.findings]


def imported(session, actor, *rows, mode="all"):
    job = importing.keep(session, actor, payment_import.NOUN, plan(session, actor, *rows))
    session.commit()
    counts = payment_import.commit(session, actor, job.ref, mode)
    session.commit()
    return counts


def test_good_rows_are_recorded_their_cards_queued_and_the_same_file_changes_nothing(session, finance, unit):
    one, other = persons(session, unit, 2)
    rows = [
        (one.ref, 200, DAY, "BOC-1", "公司代付"),
        (other.ref.lower(), "200.00", factories.NOW.date(), "BOC-2", None),
    ]

    assert imported(session, finance, *rows) == {"new": 2, "same": 0, "bad": 0}
    assert _cast.values(session, Payment, "person_id", "amount", "serial_no", "remark") == [
        (one.id, 20000, "BOC-1", "公司代付"), (other.id, 20000, "BOC-2", None),
    ]  # fmt: skip
    assert _cast.values(session, Person, "payment_status") == [M.paid, M.paid]
    assert len(_cast.values(session, Certificate, "id")) == 2
    assert imported(session, finance, *rows) == {"new": 0, "same": 2, "bad": 0}
    assert len(_cast.values(session, Payment, "id")) == 2


def test_only_good_rows_are_written_where_that_is_chosen(session, finance, unit):
    one, other = persons(session, unit, 2)
    rows = [(one.ref, 200, DAY, "BOC-1", None), (other.ref, 100, DAY, "BOC-2", None)]
    with pytest.raises(importing.Refused, match="有1行错误"):
        imported(session, finance, *rows)
    session.rollback()

    assert _cast.values(session, Payment, "id") == []
    assert imported(session, finance, *rows, mode="good") == {"new": 1, "same": 0, "bad": 1}
    assert _cast.values(session, Person, "payment_status") == [M.paid, M.unpaid]


def test_every_kind_of_mistake_is_named_and_nothing_is_changed(session, world, finance, unit):
    people = persons(session, unit, 9)
    (free,) = persons(session, unit, 1, payment_status=M.waived, group_pay_fee=0)
    paid = _cast.ready_person(session, unit, P.pending_review, payment_status=M.paid)
    past = factories.edition(session, is_current=False)
    old = factories.person(session, factories.unit(session, past, world.sub), review_status=P.approved, payment_status=M.unpaid,
                           group_pay_decision=GroupPayDecision.cancelled, group_pay_fee=20000)  # fmt: skip
    foreign = _cast.ready_person(
        session,
        factories.unit(session, world.edition, world.foreign_sub, review_status=UnitStatus.approved),
        P.approved,
    )
    factories.payment(session, paid, serial_no="TAKEN", amount=1)
    with acting(session, SYSTEM):
        session.delete(session.scalars(select(Payment).where(Payment.serial_no == "TAKEN")).one())
    session.commit()
    ref = [person.ref for person in people]
    tomorrow = factories.NOW.date() + timedelta(days=2)
    planned = plan(
        session, finance,
        (ref[0], 199, DAY, "S-0", None), (ref[1], 200, tomorrow, "S-1", None), (ref[2], 200, DAY, 12345678901234567, None),
        (ref[3], 200, DAY, "1.23E+17", None), (1234567890, 200, DAY, "S-4", None), (ref[4], "二百", DAY, "S-5", None),
        (ref[5], 200, "某日", "S-6", None), (ref[6], 200, DAY, "", None), (ref[7], 200, DAY, "S-8", None),
        (ref[8], 200, DAY, "S-8", None), (free.ref, 200, DAY, "S-9", None), (paid.ref, 200, DAY, "S-10", None),
        (old.ref, 200, DAY, "S-11", None), (foreign.ref, 200, DAY, "S-12", None), ("ZZZZZZZZZZ", 200, DAY, "S-13", None),
    )  # fmt: skip
    told = dict.fromkeys(rule for _column, rule in rules(planned))

    assert planned.counts == {"new": 0, "same": 0, "bad": 15}
    assert [str(rule) for rule in told] == [
        "与该人员的证件费200.00元不符", "支付日期晚于今天", "单元格D4为数值格式，末位已丢失", "单元格D5为科学计数法，末位已丢失",
        "单元格A6为数值格式，末位已丢失", "“二百”不是数字", "“某日”不是可识别的日期",
        "未填写", "第10、11行重复", "该人员缴费状态为“免缴”，没有待缴的费用", "该人员缴费状态为“已支付”，没有待缴的费用",
        "该人员属于其他届次", "没有该人员编号，或不在管理范围内",
    ]  # fmt: skip
    assert set(_cast.values(session, Person, "payment_status")) == {M.unpaid, M.waived, M.paid}


def test_a_banks_number_stands_for_one_payment_of_one_person(session, finance, unit):
    one, other = persons(session, unit, 2)
    imported(session, finance, (one.ref, 200, DAY, "BOC-1", None))

    assert rules(plan(session, finance, (other.ref, 200, DAY, "BOC-1", None))) == [
        ("流水号", "该流水号已登记给另一人，或金额、日期不同")
    ]
    assert rules(plan(session, finance, (one.ref, 200, DAY, "BOC-9", None)))[0][1].startswith(
        "该人员缴费状态为“已支付”"
    )


def test_what_was_paid_after_the_deadline_is_refused_and_what_came_in_time_is_taken_late(session, world, finance, unit):
    (one,) = persons(
        session, unit, payment_status=M.closed, group_pay_decision=GroupPayDecision.cancelled, group_pay_fee=20000
    )
    with acting(session, SYSTEM):
        session.get_one(Edition, world.edition.id).pay_closes_at = factories.NOW - timedelta(days=3)
        session.commit()

    assert rules(plan(session, finance, (one.ref, 200, DAY, "BOC-1", None))) == [("支付日期", "支付日期晚于缴费截止")]
    before = factories.NOW.date() - timedelta(days=5)
    assert imported(session, finance, (one.ref, 200, before, "BOC-1", None)) == {"new": 1, "same": 0, "bad": 0}


def test_a_payment_recorded_meanwhile_makes_the_preview_stale(session, finance, unit):
    (one,) = persons(session, unit)
    job = importing.keep(
        session, finance, payment_import.NOUN, plan(session, finance, (one.ref, 200, DAY, "BOC-1", None))
    )
    session.commit()
    answers = {"amount": "200", "serial_no": "BY-HAND", "paid_on": DAY, "remark": ""}
    _cast.done(session, finance, "person", "record_payment", one.id, answers)
    with pytest.raises(importing.Refused, match="数据在预览后已变化"):
        payment_import.commit(session, finance, job.ref)
    session.rollback()

    assert _cast.values(session, Payment, "serial_no") == ["BY-HAND"]


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "a.xlsx", "文件是空的"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "文件已加密，请去掉打开密码后重新上传"),
        (hostile(), "a.xlsx", "缺少列“人员编号”“金额（元）”“支付日期”“流水号”"),
        ("人员编号,金额(元),支付日期\nA,1,2\n".encode("gb18030"), "a.csv", "缺少列“流水号”"),
        ("人员编号,金额(元),支付日期,流水号\n".encode() + b"A,1,2,3\n" * 1_000_001, "a.csv", "超过"),
    ],
    ids=["empty", "encrypted", "another table", "a column short", "1,000,001 rows"],
)  # fmt: skip
def test_a_file_that_is_no_table_of_payments_is_refused_in_words(session, finance, data, name, sentence):
    with pytest.raises(SheetError, match=sentence):
        plan(session, finance, data=data, name=name)
    session.rollback()

    assert _cast.values(session, Payment, "id") == []


def test_a_gb18030_csv_is_read(session, finance, unit):
    (one,) = persons(session, unit)
    data = f"人员编号,金额（元）,支付日期,流水号,备注\n{one.ref},200,{DAY},BOC-1,网银\n".encode("gb18030")

    assert plan(session, finance, data=data, name="缴费.csv").counts == {"new": 1, "same": 0, "bad": 0}


@pytest.mark.parametrize("role", [Role.secretariat, Role.sub_delegation, Role.auditor, Role.security])
def test_only_finance_imports(session, world, role):
    with pytest.raises(Forbidden):
        plan(session, _cast.actors(session, world)[role], (1, 2, 3, 4, 5))
    session.rollback()
