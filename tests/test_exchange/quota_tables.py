"""Quota tables as people upload them, and what is read off afterwards."""

from io import BytesIO

from openpyxl import Workbook
from sqlalchemy import select

from exchange import quota_import
from models import Label, QuotaAllocation, QuotaPool

HEAD = ("序号", "统一社会信用代码*", "单位名称", "VIP额度*", "工作人员额度*", "备注")


def book(*rows, head=HEAD):
    workbook = Workbook()
    for row in (head, *rows):
        workbook.active.append(row)
    data = BytesIO()
    workbook.save(data)
    return data.getvalue()


def plan(session, actor, *rows, **more):
    return quota_import.plan(session, actor, book(*rows), "额度.xlsx", **more)


def findings(planned):
    return [(error.row, error.column, error.rule) for error in planned.errors]


def imported(session, actor, *rows, mode="all", **more):
    job = quota_import.keep(session, actor, plan(session, actor, *rows, **more))
    session.commit()
    result = quota_import.commit(session, actor, job.ref, mode)
    session.commit()
    return result


def standing(session):
    row = QuotaAllocation
    rows = session.execute(select(row.uscc, row.label, row.allotted).order_by(row.uscc, row.label.desc()))
    return [tuple(found) for found in rows]


def handed(session, node, label=Label.VIP):
    pool = select(QuotaPool.allocated).where(QuotaPool.delegation_id == node.id, QuotaPool.label == label)
    return session.scalars(pool).one()
