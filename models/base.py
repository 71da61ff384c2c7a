"""The declarative base, constraint names, and the mixins every noun shares."""

import inspect
from typing import Annotated, Any, ClassVar, get_args, get_origin

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, MetaData, String, event
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, Mapper, declared_attr, mapped_column

from models.kinds import Moment, Sealed, UtcDateTime, new_ref, now, says, seal_values

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def _is_sealed(hint: Any) -> bool:
    inner = get_args(hint)[0] if get_origin(hint) is Mapped else None
    column = get_args(inner)[1] if get_origin(inner) is Annotated else None
    return isinstance(column, MappedColumn) and isinstance(column.column.type, Sealed)


class Base(DeclarativeBase):
    """Every stored noun. A sealed column brings its two blind-index columns ``<name>_index`` and ``<name>_tail``."""

    metadata = MetaData(naming_convention=NAMES)
    __label__: ClassVar[str] = ""  # the noun in Chinese
    __purpose__: ClassVar[str] = ""  # what its screen is for, in one sentence

    id: Mapped[int] = mapped_column(primary_key=True, info=says("编号", means="系统内部的序号", machine=True))

    def __init_subclass__(cls, **options: Any) -> None:
        for name, hint in list(inspect.get_annotations(cls).items()):
            if _is_sealed(hint):
                searched = bool(cls.__dict__[name].column.info.get("searched"))
                for suffix, length in (("index", 26), ("tail", 10)):
                    hidden = says("", machine=True, hidden=True)
                    setattr(cls, f"{name}_{suffix}", mapped_column(String(length), index=searched, info=hidden))
                    cls.__annotations__[f"{name}_{suffix}"] = Mapped[str | None]
        super().__init_subclass__(**options)


class Referenced:
    """A public reference number, safe to print and to read aloud; sealed values are bound to it."""

    ref: Mapped[str] = mapped_column(
        String(10),
        unique=True,
        default=new_ref,
        info=says("系统编号", means="对外使用的编号，可以抄写和报读", machine=True, code=True, searched="exact"),
    )


class Versioned:
    """Optimistic lock: every write adds one; a form or a preview that saw an older number is refused."""

    row_version: Mapped[int] = mapped_column(default=1, info=says("版本", machine=True))


class Dated:
    """When the row came and when it last changed."""

    created_at: Mapped[Moment] = mapped_column(
        UtcDateTime(),
        default=now,
        info=says("登记时间", means="这条记录产生的时间", machine=True, listed=True, filtered=True),
    )
    updated_at: Mapped[Moment] = mapped_column(
        UtcDateTime(), default=now, onupdate=now, info=says("更新时间", means="最近一次修改的时间", machine=True)
    )


class Moved:
    """When the row came into the state it is in: the engine writes it with every move that leads to another."""

    state_since: Mapped[Moment] = mapped_column(
        UtcDateTime(), default=now, info=says("状态变更时间", machine=True, filtered=True)
    )


class Placed:
    """A row that hangs on one node of the delegation tree; the session hook narrows by these two columns.

    Their history is always kept: the guard has to know where a row that is being moved comes from.
    """

    delegation_id: Mapped[int] = mapped_column(
        ForeignKey("delegation.id"),
        active_history=True,
        info=says(
            "交易团/分团", means="这条记录归哪个交易团/分团", listed=True, filtered=True, once=True, required="always"
        ),
    )
    province_id: Mapped[int] = mapped_column(
        ForeignKey("delegation.id"), active_history=True, info=says("省交易团", means="所属的省交易团", machine=True)
    )


class UnitOwned(Placed):
    """A row that belongs to a unit and moves with it: the composite key cascades a unit's new place to its rows."""

    unit_id: Mapped[int] = mapped_column(
        info=says("单位", means="这条记录属于哪家单位", listed=True, once=True, required="always", links="unit")
    )
    delegation_id: Mapped[int] = mapped_column(
        active_history=True,
        info=says("交易团/分团", means="随单位转移", listed=True, filtered=True, machine=True, links="delegation"),
    )
    province_id: Mapped[int] = mapped_column(
        active_history=True, info=says("省交易团", means="随单位转移", machine=True, links="delegation")
    )

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (*unit_place(*getattr(cls, "beside_place", ())), *getattr(cls, "rules", ()))


def unit_place(*beside: str) -> tuple[ForeignKeyConstraint, Index]:
    """Tie a row's place to its unit's: a unit assigned elsewhere takes the row along in the same statement.

    ``beside``: columns that the index of the key also holds, for who asks a unit's rows for nothing else.
    """
    own = ["unit_id", "delegation_id", "province_id"]
    return (
        ForeignKeyConstraint(own, ["unit.id", "unit.delegation_id", "unit.province_id"], onupdate="CASCADE"),
        Index(None, *own, *beside),
    )


def _seal(_mapper: Mapper[Any], _connection: object, row: Any) -> None:
    table = row.__table__
    for column in table.columns:
        plain = row.__dict__.get(column.key)
        if isinstance(column.type, Sealed) and isinstance(plain, str):
            for key, value in seal_values(table.name, column.key, row.ref, plain).items():
                setattr(row, key, value)


@event.listens_for(Base, "before_insert", propagate=True)
def _seal_new(mapper: Mapper[Any], connection: object, row: Any) -> None:
    if isinstance(row, Referenced) and not row.ref:
        row.ref = new_ref()
    _seal(mapper, connection, row)


@event.listens_for(Base, "before_update", propagate=True)
def _seal_changed(mapper: Mapper[Any], connection: object, row: Any) -> None:
    _seal(mapper, connection, row)
