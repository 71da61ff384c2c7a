"""Quota that stands for a credit code: presets bind when it registers, and stay with it when it was a mistake (DOMAIN §4.2)."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models import Label, QuotaAllocation, Unit
from models.edition import FREE_LABELS
from workflow import notices
from workflow.actors import unscoped
from workflow.quota_rows import add, allotments, open_allotments, pools, preset_of, told
from workflow.sessions import writing_sets


def bind_presets(session: Session, unit: Unit) -> list[str]:
    """Give a newly registered unit what its node preset for its USCC; return a warning about another node's preset."""
    rows = [preset for label in FREE_LABELS if (preset := preset_of(session, unit.edition_id, unit.uscc, label))]
    for row in rows:
        if row.delegation_id == unit.delegation_id and row.unit_id is None:
            row.unit_id, row.unit_name, row.row_version = unit.id, unit.name, row.row_version + 1
    session.flush()
    elsewhere = [row for row in rows if row.delegation_id != unit.delegation_id]
    if elsewhere:
        _tell_of_mismatch(session, unit, elsewhere)
        return ["预设额度归属不一致：其他交易团/分团已为该统一社会信用代码预设额度，请联系省交易团秘书处核对"]
    return []


def _tell_of_mismatch(session: Session, unit: Unit, elsewhere: list[QuotaAllocation]) -> None:
    """Tell the unit's node, and each that preset something for it in vain (DOMAIN §4.2)."""
    here = (unit.delegation_id, unit.province_id)
    notices.tell(
        session, here, "预设额度归属不一致：新登记的单位已由其他交易团/分团预设额度，没有生效", "unit", unit.id
    )
    for node, row in {row.delegation_id: row for row in elsewhere}.items():
        sentence = "预设额度归属不一致：本分团预设额度的单位在其他交易团/分团登记，没有生效"
        notices.tell(session, (node, row.province_id), sentence, "quota_allocation", row.id)


def change_code(session: Session, unit: Unit, batch_id: int | None = None) -> None:
    """Let a unit's quota follow it to its corrected code (``unit`` carries the new one already).

    What the node gave the unit goes along. A preset that the wrong code had bound stays with that code, less the places
    in use; the new code's preset of the unit's own node binds, another node's does not and both are told. The sum of the
    allotments of the node stays as it is, so no pool moves.
    """
    pools(session, unit.edition_id, [unit.delegation_id])  # locked first, as everywhere
    own = allotments(session, [unit.id])
    elsewhere = []
    for label in FREE_LABELS:
        preset = preset_of(session, unit.edition_id, unit.uscc, label)
        if preset is not None and (preset.delegation_id != unit.delegation_id or preset.unit_id is not None):
            elsewhere.append(preset)
        _follow(session, unit, label, own.get((unit.id, label)), preset, batch_id)
    if elsewhere:
        _tell_of_mismatch(session, unit, elsewhere)


def _follow(
    session: Session, unit: Unit, label: Label, row: QuotaAllocation | None, preset: QuotaAllocation | None,
    batch_id: int | None,
) -> None:  # fmt: skip
    """Part a unit's allotment of one label from its old code and put it under the new one."""
    mine = preset is not None and preset.delegation_id == unit.delegation_id and preset.unit_id is None
    if row is not None and not was_preset(row, unit) and not mine:
        _rewrite(session, row, {"uscc": unit.uscc if preset is None else None}, batch_id)
        return
    used = room = 0
    if row is not None:
        used, room = row.used, row.used if was_preset(row, unit) else row.allotted
        add(session, [(row, -used, -room)], batch_id)
        _rewrite(session, row, {"unit_id": None}, batch_id)
        if not was_preset(row, unit):
            _remove(session, row)
    if mine or room:
        open_allotments(session, [(unit.id, label)])
        session.flush()
        add(session, [(allotments(session, [unit.id])[unit.id, label], used, room)], batch_id)


def was_preset(row: QuotaAllocation, unit: Unit) -> bool:
    """Whether an allotment stood for the code before the unit registered under it."""
    return row.created_at < unit.created_at


def leave_code(session: Session, unit: Unit, batch_id: int | None = None) -> None:
    """Part a unit whose code is released from the presets it had bound: they wait for the rightful unit again."""
    pools(session, unit.edition_id, [unit.delegation_id])
    for row in allotments(session, [unit.id]).values():
        if was_preset(row, unit) and not row.used:
            _rewrite(session, row, {"unit_id": None}, batch_id)


def _rewrite(session: Session, row: QuotaAllocation, values: dict[str, int | str | None], batch_id: int | None) -> None:
    changes = {key: [getattr(row, key), value] for key, value in values.items() if getattr(row, key) != value}
    if not changes:
        return
    told(session, row, changes, batch_id)
    row_version = QuotaAllocation.row_version + 1
    changed = update(QuotaAllocation).where(QuotaAllocation.id == row.id).values(row_version=row_version, **values)
    with unscoped(session), writing_sets(session):
        session.execute(changed, execution_options={"synchronize_session": False})
    session.refresh(row)


def _remove(session: Session, row: QuotaAllocation) -> None:
    """Delete an empty allotment: what it held stands on another row now."""
    row_id = row.id
    session.expunge(row)
    with unscoped(session), writing_sets(session):
        session.execute(delete(QuotaAllocation).where(QuotaAllocation.id == row_id))


def unit_of(session: Session, unit_id: int) -> Unit:
    """Return a unit as it stands in the database now."""
    with unscoped(session):
        fresh = select(Unit).where(Unit.id == unit_id).execution_options(populate_existing=True)
        return session.scalars(fresh).one()
