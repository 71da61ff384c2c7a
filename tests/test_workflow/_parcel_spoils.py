"""For every guard of a parcel's moves: the parcel that is ready, and how to spoil it."""

from typing import Any

from sqlalchemy.orm import Session

from models import Parcel, ParcelStatus, Unit
from tests import factories
from tests.test_workflow._cast import put

ANSWERS = {"courier": "顺丰速运", "tracking_no": "SF1234567890"}


def parcel_of(session: Session, unit: Unit, status: ParcelStatus) -> Parcel:
    """Make a parcel in a state."""
    return factories.parcel(session, unit, status, cards=1)


def packed_already(at: Any) -> None:
    """Let the card lie in a parcel."""
    unit = at.session.get_one(Unit, at.row.unit_id)
    put(at.row, parcel_id=factories.parcel(at.session, unit, cards=1).id)


def taken(at: Any) -> None:
    """Let another parcel of the edition have the number."""
    unit = at.session.get_one(Unit, at.row.unit_id)
    factories.parcel(at.session, unit, ParcelStatus.sent, **ANSWERS)


FORM = {"tracking_form": lambda _: {"tracking_no": "单号不详，待补"}}
