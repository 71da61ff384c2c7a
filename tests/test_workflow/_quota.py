"""What the tests of the quota read off: pools, allotments, and whether every pool still is the sum of what hangs below."""

from sqlalchemy import func, select

from models import Delegation, Label, QuotaAllocation, QuotaPool
from workflow import quota

VIP, STAFF = Label.VIP, Label.STAFF


def pool_of(session, node, label=VIP):
    return session.scalars(select(QuotaPool).where(QuotaPool.delegation_id == node.id, QuotaPool.label == label)).one()


def numbers(session, node, label=VIP):
    pool = pool_of(session, node, label)
    return pool.total, pool.allocated


def allotment_of(session, unit, label=VIP):
    rows = session.scalars(
        select(QuotaAllocation).where(QuotaAllocation.unit_id == unit.id, QuotaAllocation.label == label)
    )
    row = rows.one()
    return row.allotted, row.used


def wrong_sums(session):
    """Return the pools whose ``allocated`` is not the sum of what hangs below."""
    session.expire_all()
    wrong = []
    for pool in session.scalars(select(QuotaPool)):
        children = select(func.coalesce(func.sum(QuotaPool.total), 0)).join(
            Delegation, Delegation.id == QuotaPool.delegation_id
        )
        children = children.where(Delegation.parent_id == pool.delegation_id, QuotaPool.label == pool.label)
        own = select(func.coalesce(func.sum(QuotaAllocation.allotted), 0)).where(
            QuotaAllocation.delegation_id == pool.delegation_id, QuotaAllocation.label == pool.label
        )
        if session.scalar(children) + session.scalar(own) != pool.allocated:
            wrong.append((pool.delegation_id, pool.label))
    return wrong


def set_vip(session, world, allotted, node=None, **whose):
    node = node or world.sub
    return quota.set_allotment(
        session, edition_id=world.edition.id, delegation_id=node.id, province_id=node.province_id, label=VIP,
        allotted=allotted, **whose,
    )  # fmt: skip
