"""What a reader may see, told by hand from the planted rows: nothing here asks the code that is being tested."""

from collections.abc import Iterator
from typing import Any

from models import Role
from models.columns import columns_of, model_named
from tests.test_scope._arena import Arena, Seat

ALL = {"edition", "fee"}
GIVE_ACCOUNTS = {Role.secretariat, Role.sysadmin, Role.sub_delegation}


def rows(arena: Arena, noun: str) -> Iterator[dict[str, Any]]:
    """Return the planted rows of a noun."""
    table = arena.vault.tables[noun]
    return (dict(zip(table.columns.keys(), row, strict=True)) for row in arena.vault.kept[noun])


def _is_standing(arena: Arena, noun: str, row: dict[str, Any]) -> bool:
    """Whether a row belongs to this edition and was neither deleted nor only previewed."""
    past = {unit["id"] for unit in rows(arena, "unit") if unit["edition_id"] != arena.world.edition.id}
    of_now = row.get("edition_id") in (None, arena.world.edition.id) and row.get("unit_id") not in past
    is_alive = row.get("review_status") != "deleted" and row.get("status") != "previewed"
    return is_alive and (of_now or noun in ALL)


def _is_seen(arena: Arena, seat: Seat, noun: str, row: dict[str, Any]) -> bool:
    seen = {plot.node_id for plot in arena.plots if plot.number in seat.sees}
    account_id = seat.account.id if seat.account else 0
    if noun in ALL:
        return True
    if noun == "account" and seat.role not in GIVE_ACCOUNTS:
        return bool(row["id"] == account_id)
    if noun == "audit" and seat.role is Role.sub_delegation:
        return bool(row["account_id"] == account_id)
    if noun == "person" and seat.role is Role.security:
        return row["delegation_id"] in seen and (row["review_status"], row["security_status"]) == (
            "pending_review",
            "sent",
        )
    place = row["id"] if noun == "delegation" else row["delegation_id"]
    return place in seen or (noun == "transfer_request" and row["target_id"] in seen)


def truth(arena: Arena, seat: Seat, noun: str) -> list[dict[str, Any]]:
    """Return the rows that a reader's list of a noun is about."""
    return [
        row for row in rows(arena, noun) if _is_standing(arena, noun, row) and _is_seen(arena, seat, noun, row)
    ]  # fmt: skip


def states(noun: str) -> str:
    """Return the column by which a noun's rows are told apart in the tests of filters."""
    columns = columns_of(model_named(noun))
    return next((key for key in ("review_status", "status", "label", "kind") if key in columns), "")
