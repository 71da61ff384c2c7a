"""Committing a quota table: set, not add; the commit is the preview or nothing (DOMAIN §4.2, §5.1)."""

import json
import threading
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from exchange import importing, quota_import, quota_template
from exchange.importing import Refused
from exchange.quota_import import Counts
from models import Audit, ImportJob, Label, QuotaAllocation, Role
from tests import factories
from tests.test_exchange.quota_tables import handed, imported, plan, standing
from workflow import quota
from workflow.actors import Forbidden, actor_for

VIP, STAFF = Label.VIP, Label.STAFF


@pytest.fixture
def clerk(session, world):
    return actor_for(session, world.accounts[Role.sub_delegation])


@pytest.fixture
def secretary(session, world):
    return actor_for(session, world.accounts[Role.secretariat])


def test_a_table_sets_numbers_before_and_after_units_register(session, world, clerk):
    unit = factories.unit(session, world.edition, world.sub, name="福州甲公司")
    factories.allocation(session, unit, VIP, allotted=5, used=2)
    code = factories.uscc()
    rows = [(1, unit.uscc, "福州甲公司", 3, "", ""), (2, code.lower(), "福州（乙）公司", "２", 0, "待登记")]
    planned = plan(session, clerk, *rows)

    assert (planned.counts, planned.errors, planned.warnings) == (Counts(new=1, changed=1), [], [])
    assert list(planned.changes()) == [
        (2, unit.uscc, "福州甲公司", "VIP额度", 5, 3),
        (3, code, "福州（乙）公司", "VIP额度", None, 2),
    ]
    assert imported(session, clerk, *rows).written == 2
    assert standing(session) == sorted([(unit.uscc, VIP, 3), (code, VIP, 2)])
    preset = session.scalars(select(QuotaAllocation).where(QuotaAllocation.uscc == code)).one()
    assert (preset.unit_id, preset.unit_name, preset.remark, preset.delegation_id) == (
        None, "福州（乙）公司", "待登记", world.sub.id,
    )  # fmt: skip
    assert handed(session, world.sub) == 25


def test_the_same_file_again_changes_nothing(session, clerk):
    rows = [(number, factories.uscc(), f"第{number}公司", number, 1, "") for number in range(1, 6)]
    assert imported(session, clerk, *rows) == quota_import.Result(Counts(new=5), 10)
    before, entries = standing(session), len(session.scalars(select(Audit.id)).all())

    assert imported(session, clerk, *rows) == quota_import.Result(Counts(same=5), 0)
    assert standing(session) == before
    noted = session.scalars(select(Audit.action).where(Audit.id > entries)).all()
    assert sorted(noted) == ["import_job.create", "import_job.edit", "quota_allocation.import"]


def test_blank_keeps_and_zero_takes_away(session, world, clerk):
    code = factories.uscc()
    imported(session, clerk, (1, code, "甲公司", 4, 3, "原备注"))
    imported(session, clerk, (1, code, "", "", 0, ""))

    assert standing(session) == [(code, VIP, 4), (code, STAFF, 0)]
    kept = session.scalars(select(QuotaAllocation).where(QuotaAllocation.label == VIP)).one()
    assert (kept.unit_name, kept.remark) == ("甲公司", "原备注")
    assert (handed(session, world.sub), handed(session, world.sub, STAFF)) == (24, 20)


def test_every_written_allotment_leaves_one_entry(session, clerk):
    code = factories.uscc()
    imported(session, clerk, (1, code, "甲公司", 4, 3, ""))
    imported(session, clerk, (1, code, "甲公司", 5, 3, ""))
    rows = session.execute(
        select(Audit.action, Audit.actor, Audit.changes).where(Audit.noun == "quota_allocation").order_by(Audit.id)
    )
    told = [(action, actor, json.loads(changes).get("allotted")) for action, actor, changes in rows]

    assert told == [
        ("quota_allocation.create", clerk.name, [None, 4]),
        ("quota_allocation.create", clerk.name, [None, 3]),
        ("quota_allocation.edit", clerk.name, [4, 5]),
    ]


def test_good_rows_only_or_all_or_nothing(session, clerk):
    rows = [(1, factories.uscc(), "好公司", 2, 1, ""), (2, "91350100000000000X", "坏公司", 1, 1, "")]
    job = quota_import.keep(session, clerk, plan(session, clerk, *rows))
    session.commit()
    with pytest.raises(Refused, match="有1行错误，未写入任何数据"):
        quota_import.commit(session, clerk, job.ref, "all")
    assert standing(session) == []
    assert quota_import.commit(session, clerk, job.ref, "good") == quota_import.Result(Counts(new=1, bad=1), 2)
    session.commit()
    with pytest.raises(Refused, match="该文件已写入"):
        quota_import.commit(session, clerk, job.ref, "good")


def test_what_changed_since_the_preview_is_refused(session, world, clerk):
    code = factories.uscc()
    job = quota_import.keep(session, clerk, plan(session, clerk, (1, code, "甲公司", 2, 1, "")))
    quota.set_allotment(
        session, edition_id=world.edition.id, delegation_id=world.sub.id, province_id=world.province.id, label=VIP,
        allotted=1, uscc=code, unit_name="甲公司",
    )  # fmt: skip
    session.commit()
    with pytest.raises(Refused, match="数据在预览后已变化，请重新预览"):
        quota_import.commit(session, clerk, job.ref)

    assert standing(session) == [(code, VIP, 1)]
    assert session.scalars(select(ImportJob.status)).one().value == "previewed"


def test_of_two_imports_that_together_exceed_the_pool_one_is_written(sessions, session, world, clerk):
    asks = [(1, factories.uscc(), "甲公司", 60, "", ""), (1, factories.uscc(), "乙公司", 60, "", "")]
    other = actor_for(session, factories.account(session, world.sub))
    jobs = [
        quota_import.keep(session, who, plan(session, who, ask)).ref
        for who, ask in zip((clerk, other), asks, strict=True)
    ]
    session.commit()
    start = threading.Barrier(2)
    outcomes: list[object] = []

    def run(actor, ref):
        start.wait()
        with sessions(info={"actor": actor}) as own:
            try:
                outcomes.append(quota_import.commit(own, actor, ref).written)
                own.commit()
            except Refused as refused:
                outcomes.append(refused.sentence)

    threads = [threading.Thread(target=run, args=pair) for pair in zip((clerk, other), jobs, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes, key=str) == [1, "数据在预览后已变化，请重新预览"]
    assert handed(session, world.sub) == 80


def test_a_place_taken_meanwhile_that_changes_nothing_shown_does_not_matter(session, world, clerk):
    unit = factories.unit(session, world.edition, world.sub)
    factories.allocation(session, unit, VIP, allotted=5)
    job = quota_import.keep(session, clerk, plan(session, clerk, (1, unit.uscc, "", 4, "", "")))
    quota.reserve_many(session, {(unit.id, VIP): 2})
    session.commit()

    assert quota_import.commit(session, clerk, job.ref).counts == Counts(changed=1)


def test_only_who_may_import_and_only_his_own_upload(session, world, clerk, secretary):
    job = quota_import.keep(session, clerk, plan(session, clerk, (1, factories.uscc(), "", 1, "", "")))
    session.commit()
    for role in (Role.finance, Role.auditor, Role.sysadmin, Role.security):
        other = actor_for(session, world.accounts[role])
        with pytest.raises(Forbidden):
            plan(session, other, (1, factories.uscc(), "", 1, "", ""))
        with pytest.raises(Forbidden):
            quota_template.template(session, other)
    with pytest.raises(LookupError):
        quota_import.commit(session, secretary, job.ref)


def test_a_new_upload_takes_the_place_of_the_last(session, clerk):
    for _ in range(3):
        quota_import.keep(session, clerk, plan(session, clerk, (1, factories.uscc(), "", 1, "", "")))

    assert len(session.scalars(select(ImportJob.id)).all()) == 1


def test_the_users_own_workbook_comes_back_with_reasons(session, clerk):
    rows = [(1, factories.uscc(), "好公司", 2, 1, ""), (2, "91350100000000000X", "坏公司", 1, 1, "")]
    job = quota_import.keep(session, clerk, plan(session, clerk, *rows))
    session.commit()

    def told():
        sheet = load_workbook(BytesIO(importing.annotated(job))).worksheets[0]
        return [tuple(cell.value for cell in row)[-2:] for row in sheet.iter_rows()]

    reason = "统一社会信用代码：统一社会信用代码校验未通过，可能有错位或错字，请对照证照逐位核对"
    assert told() == [("处理结果", "错误说明"), ("新增", None), ("有错误", reason)]
    quota_import.commit(session, clerk, job.ref, "good")
    session.commit()
    assert told() == [("处理结果", "错误说明"), ("已新增", None), ("未写入", reason)]
