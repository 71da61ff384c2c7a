"""A stored file hangs where its unit is; a person's picture belongs to a person of that unit."""

from importlib import import_module

from models import AttachmentKind, Person
from workflow.actors import unscoped
from workflow.rules import places
from workflow.rules.change import Change, Rules, store


def problems(change: Change) -> None:
    """Portraits and paper images need a person of the unit, a unit's own licence has none."""
    places.refuse_locked(change)
    of_person = change.get("kind") is not AttachmentKind.LICENCE
    person_id = change.get("person_id")
    if change.get("kind") is None or "person_id" in change.errors:
        return
    if of_person != (person_id is not None):
        what = change.get("kind").label
        change.refuse("person_id", f"“{what}”须选择人员" if of_person else f"“{what}”属于单位，请不要选择人员")
    elif person_id is not None:
        with unscoped(change.session):
            person = change.session.get(Person, person_id)
        if person is None or person.unit_id != change.get("unit_id"):
            change.refuse("person_id", "所选人员不属于该单位，请重新选择")


def write(change: Change) -> None:
    """Store the file; another portrait of a person who was handed over is another identity."""
    store(change)
    # The tables of moves are built on the engine, which is built on this package's neighbours.
    import_module("workflow.identity").pictured(change.session, change.row)


RULES = Rules(prepare=places.at_unit, problems=problems, write=write)
