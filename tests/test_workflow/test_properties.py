"""Anything anybody may do, in any order: after every step the books are clean and nothing was half done (SECURITY G10).

``OPERATIONS=50000 ./run test tests/test_workflow/test_properties.py`` takes that many steps on each database.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import pytest
from sqlalchemy.exc import DBAPIError

from tests.conftest import on_sqlite
from tests.test_workflow._office import Office, run_office
from workflow import certificates, ledger, person_moves, releasing
from workflow.machines import MACHINES
from workflow.quota import QuotaShort

STEPS = int(os.environ.get("OPERATIONS", "0"))


def test_the_books_stay_clean_whatever_is_done_in_whatever_order(database):
    class Busy(Office):
        done: ClassVar[set[str]] = set()

    length = 100 if STEPS else 40
    short = 10 if database.url.startswith("sqlite") else 4
    run_office(Busy, database, walks=STEPS // length or short, length=length)
    print(f"{Busy.steps} operations; done: {sorted(Busy.done)}")  # noqa: T201 - the figure somebody asked OPERATIONS for
    assert len(Busy.done) >= 10, Busy.done


def without_effect(noun, name, effect):
    """Return a move that forgets one of its effects."""
    move = MACHINES[noun].moves[name]
    assert effect in move.effects
    return replace(move, effects=tuple(one for one in move.effects if one is not effect))


FAULTS: dict[str, Callable] = {
    "a confirmed fee is not in the ledger": lambda: without_effect("person", "confirm_group_pay", ledger.write_commits),
    "a fee is confirmed beyond the cap": lambda: replace(MACHINES["person"].moves["confirm_group_pay"], budget=None),
    "a former label keeps its place": lambda: without_effect("person", "change_label", releasing.former_labels),
    "a label is given without quota": lambda: replace(MACHINES["person"].moves["change_label"], budget=None),
    "an upgrade leaves the old card": lambda: without_effect("person", "upgrade_label", person_moves._replace_card),
    "an upgrade keeps the fee": lambda: without_effect("person", "upgrade_label", ledger.release),
    "a passed person gets no card": lambda: without_effect("person", "security_pass", certificates.queue),
    "a refused person keeps place, fee and card": lambda: without_effect("person", "security_not_pass", releasing.leave),
    "a deleted person keeps place, fee and card": lambda: without_effect("person", "delete", releasing.leave_if_live),
    "a rejected unit's persons stay": lambda: replace(MACHINES["unit"].moves["reject"], effects=()),
    "a unit's share stays behind": lambda: replace(MACHINES["unit"].moves["assign"], effects=()),
    "a lost card is not replaced": lambda: replace(MACHINES["certificate"].moves["report_lost"], effects=()),

}  # fmt: skip


@on_sqlite
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault, database, monkeypatch):
    move = FAULTS[fault]()
    noun = next(
        noun
        for noun, machine in MACHINES.items()
        if move.name in machine.moves and machine.moves[move.name].source == move.source
    )
    monkeypatch.setitem(MACHINES[noun].moves, move.name, move)

    class Careless(Office):
        favourite = (noun, move.name)
        done: ClassVar[set[str]] = set()

    with pytest.raises((AssertionError, DBAPIError, QuotaShort)) as found:
        run_office(Careless, database, walks=40, length=30)
    print(f"{fault}: {Careless.steps} operations, {found.value!r:.200}")  # noqa: T201 - as above
