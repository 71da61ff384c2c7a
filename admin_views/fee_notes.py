"""What a card's page says of the fee for replacing the one its holder lost."""

from typing import Any

from flask_babel import gettext as _

from admin_views.list_page import Reader
from exchange import labels
from models import Certificate, Person, ReissueStatus
from models.certificate import DEAD
from models.figures import yuan


def note(reader: Reader, row: Any) -> tuple[str, str] | None:
    """Return a tone and a sentence; None for whatever is no live card of somebody who lost one before."""
    if not isinstance(row, Certificate) or row.status in DEAD:
        return None
    holder = reader.session.get_one(Person, row.person_id)
    if holder.reissue_status is None:
        return None
    amount = yuan(holder.reissue_fee or 0)
    if holder.reissue_status is ReissueStatus.owed:
        return "warning", _("补办费 %(amount)s 元未收：在人员页收取或免收后，才能开始制证", amount=amount)
    state = labels.of_member(holder.reissue_status, reader.lang)
    return "info", _("%(state)s（%(amount)s 元）", state=state, amount=amount)
