"""What a node needs to take part in an edition: its settings and its empty pools."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from models import Delegation, DelegationEdition, Label, QuotaPool


def take_part(session: Session, node: Delegation, edition_id: int, labels: Iterable[Label]) -> None:
    """Add a node's settings (group pay off, nothing granted) and empty pools for an edition; the caller flushes."""
    place = {"edition_id": edition_id, "delegation_id": node.id, "province_id": node.province_id or node.id}
    session.add(DelegationEdition(**place))
    session.add_all(QuotaPool(**place, label=label, total=0, allocated=0) for label in labels)
