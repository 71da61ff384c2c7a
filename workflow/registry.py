"""Where the engine finds the tables of moves, by noun."""

from workflow.moves import Machine


def machine_of(noun: str) -> Machine:
    """Return the noun's table of moves; raise KeyError when it has none."""
    from workflow.machines import MACHINES  # noqa: PLC0415 - the tables' effects call the engine, so it finds them late

    return MACHINES[noun]
