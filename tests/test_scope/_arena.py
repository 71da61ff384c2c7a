"""The stage of the attacks: six nodes of a tree, each filled with its own rows, and a browser for every kind of reader."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange.pictures import path_of
from models import Account, Audit, Fee, Role, TransferRequest
from tests import factories
from tests.browser import log_in, token
from tests.test_scope._seeds import Planter, Plot, begin, plant
from tests.test_scope._vault import Vault

PROVINCE, SUB, BELOW, OTHER_SUB, OTHER_PROVINCE, FOREIGN_SUB = range(6)
IN_PROVINCE = {PROVINCE, SUB, BELOW, OTHER_SUB}
PROVINCIAL = (Role.secretariat, Role.security, Role.finance, Role.sysadmin, Role.auditor)
ANONYMOUS, MUST_CHANGE = "anonymous", "must_change"
PICTURE = b"\x89PNG\r\n\x1a\n a licence"


@dataclass
class Seat:
    """A reader with a browser: where he sits, which nodes he may see, and which marks must never reach him."""

    name: str
    role: Role | None
    account: Account | None
    plot: Plot
    home: Plot
    sees: set[int]
    client: Any = None
    token: str = ""
    letters: str = ""
    codes: set[str] = field(default_factory=set)

    @property
    def enters(self) -> bool:
        """Whether the reader gets past the door."""
        return self.name not in (ANONYMOUS, MUST_CHANGE)

    def log_in(self) -> None:
        """Sit down again: after a logout or a change of the password."""
        if self.account is not None:
            self.client.delete_cookie("session")
            log_in(self.client, self.account.username, factories.PASSWORD)
        self.token = token(self.client, "/login" if self.account is None else "/password")

    def forbid(self, plots: list[Plot]) -> None:
        """Note the marks of everything the reader may not see."""
        for plot in plots:
            business = plot.number in self.sees and self.role is not Role.sysadmin
            if not business:
                self.letters += plot.letter("")
                self.codes |= plot.business | {str(plot.amount)}
            if plot.number not in self.sees:
                self.letters += plot.letter("account")
                self.codes |= plot.settings


@dataclass
class Arena:
    """The application on a planted database."""

    app: Any
    vault: Vault
    world: factories.World
    plots: list[Plot]
    seats: dict[str, Seat]
    shared: dict[str, int]  # rows that are everybody's
    offer_id: int  # a request by which a foreign unit is offered to ``SUB``

    @property
    def numbers(self) -> set[str]:
        """Every sealed number there is."""
        return set().union(*(plot.numbers for plot in self.plots))

    def owner(self, table: str, row: dict[str, Any]) -> int | None:
        """Return the number of the plot that a stored row belongs to; None for what is everybody's or nobody's."""
        if table == "batch_row":
            return next((p.number for p in self.plots if row["batch_id"] in (*p.rows["batch"], *p.gone["batch"])), None)
        node_id = row["id"] if table == "delegation" else row.get("delegation_id")
        return next((plot.number for plot in self.plots if plot.node_id == node_id), None)

    def common(self, endpoint: str, table: str) -> bool:
        """Whether an address makes rows for other nodes: all take part in a new edition, with nothing granted; and who
        preset quota for a code is told when it registers elsewhere, without a word where.
        """
        of_edition = endpoint == "edition.new" and table in ("delegation_edition", "quota_pool")
        return of_edition or (endpoint == "unit.new" and table == "notice")


def build(app: Any, url: str, system: Callable[[], Any]) -> Arena:
    """Fill the empty database behind ``app``."""
    with system() as session:
        world = factories.world(session)
        past = factories.edition(session, is_current=False, name="第七届进博会")
        nodes = (
            world.province, world.sub, world.below, world.other_sub, world.other_province, world.foreign_sub,
        )  # fmt: skip
        planters = [plant(session, world, past, node, number) for number, node in enumerate(nodes)]
        seats = _seats(planters)
        offer = _offer(session, planters[FOREIGN_SUB], planters[SUB])
        shared = {"edition": world.edition.id, "fee": session.scalars(select(Fee.id).order_by(Fee.id)).first() or 0}
    plots = [planter.plot for planter in planters]
    with system() as session:
        for plot in plots:
            told = select(Audit.id).where(Audit.delegation_id == plot.node_id).order_by(Audit.id)
            plot.rows["audit"] = list(session.scalars(told))
    _store_files(Path(app.instance_path) / "files", plots)
    for seat in seats:
        seat.client = app.test_client()
        seat.forbid(plots)
        seat.log_in()
    vault = Vault(url)
    vault.say_migrated()
    return Arena(app, vault, world, plots, {seat.name: seat for seat in seats}, shared, offer)


def _seats(planters: list[Planter]) -> list[Seat]:
    """Make the readers' accounts; each node also has a second one, whose batches are nobody else's."""
    province, sub, below = (planters[number] for number in (PROVINCE, SUB, BELOW))
    seats = [_seat(role.value, role, province, sub.plot, IN_PROVINCE) for role in PROVINCIAL]
    seats.append(_seat("sub_delegation", Role.sub_delegation, sub, sub.plot, {SUB, BELOW}))
    seats.append(_seat("below", Role.sub_delegation, below, below.plot, {BELOW}))
    seats.append(_seat(MUST_CHANGE, Role.sub_delegation, sub, sub.plot, set(), must_change_password=True))
    seats.append(Seat(ANONYMOUS, None, None, sub.plot, sub.plot, set()))
    return seats


def _seat(name: str, role: Role, home: Planter, plot: Plot, sees: set[int], **values: Any) -> Seat:
    account = home.account(role, **values)
    begin(home, account)
    return Seat(name, role, account, plot, home.plot, sees)


def _offer(session: Session, source: Planter, target: Planter) -> int:
    """Let a foreign unit be offered to a node: its name and the reason may be read there, and nothing else of it."""
    shown = {"unit_name": "公开的单位名", "reason": "公开的说明", "answer": None, "ref": "SHAREDREQ2"}
    place = {"target_id": target.node.id, "target_province_id": target.plot.province_id}
    made = factories.make(
        session, TransferRequest, {**factories.place(source.node), **place, **shown, "unit_id": source.units[1].id}, {}
    )
    return int(made.id)


def _store_files(folder: Path, plots: list[Plot]) -> None:
    for ref in (ref for plot in plots for ref in plot.files):
        path = path_of(folder, ref)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PICTURE)
