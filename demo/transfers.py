"""A few units offered to another node: waiting, accepted, declined and taken back (DOMAIN U16)."""

from demo.fair import Fair
from demo.units import Home
from models import TransferRequest, TransferStatus, UnitStatus

T = TransferStatus
KEPT = 4  # candidates remembered per node
MOVABLE = (UnitStatus.draft, UnitStatus.pending_first, UnitStatus.pending_second)
# Where the unit stands now, the other side, what became of the request, why, and the answer.
REQUESTS = (
    ("FJ01", "ZJ01", T.requested, "该企业注册地已迁至杭州市", None),
    ("FJ02", "FJ18", T.requested, "该企业为食品行业协会会员，申请转入行业分团", None),
    ("FJ06", "FJ05", T.requested, "该企业属莆田市管理", None),
    ("ZJ01", "FJ01", T.requested, "该企业实际经营地在福州市", None),
    ("FJ03", "FJ02", T.declined, "该企业总部在厦门市", "经核实该企业税务登记在泉州市，请继续由泉州分团办理"),
    ("FJ04", "FJ05", T.withdrawn, "登记时选错分团", None),
    ("FJ02", "FJ01", T.accepted, "该企业隶属厦门市", "已接收"),
)


def remember(fair: Fair, home: Home) -> None:
    """Keep a unit in mind that may be moved: its cards are not being made, for it has none."""
    candidates = fair.movable.setdefault(home.place.node.code, [])
    if home.status in MOVABLE and len(candidates) < KEPT:
        candidates.append(home)


def request(fair: Fair) -> None:
    """Write the requests for which there is a unit."""
    for here, there, status, reason, answer in REQUESTS:
        candidates = fair.movable.get(here)
        if not candidates:
            continue
        home, other = candidates.pop(), fair.places[there]
        # An accepted unit stands at its new node already: it came from the other side.
        source, target = (other, home.place) if status is T.accepted else (home.place, other)
        at = fair.chance.later(home.created_at, fair.now)
        answered = status is not T.requested
        by = source if status is T.withdrawn else target
        fair.rows.add(
            TransferRequest, at, **source.at, unit_id=home.id, unit_name=home.name, target_id=target.id,
            target_province_id=target.province_id, status=status, reason=reason, answer=answer,
            requested_by_id=source.accounts[0], answered_by_id=by.accounts[0] if answered else None,
            answered_at=fair.chance.later(at, fair.now) if answered else None,
        )  # fmt: skip
