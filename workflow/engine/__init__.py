"""The engine: the one writer of state columns, for one row and for 20,000 alike.

Preview stages every chosen row with the reason that would refuse it; confirm judges the staged rows again inside the
writing transaction and does exactly what was shown, or nothing; the staged rows become the receipt.
"""

from workflow.engine.confirming import (
    MOVED_ON,
    AlreadyDone,
    Changed,
    Confirmed,
    ask_whether_partly,
    cascade,
    confirm,
    run,
)
from workflow.engine.deciding import Decided, Decision, decide, hold_all
from workflow.engine.looking import BudgetLook, Look, Refused, look, names_of, receipt_rows, sentence_of
from workflow.engine.offering import offered, open_moves, open_sets
from workflow.engine.staging import ForeignRows, Selection, judge, preview, retry_selection
from workflow.engine.undoing import undo, undo_closed

__all__ = [
    "MOVED_ON", "AlreadyDone", "BudgetLook", "Changed", "Confirmed", "Decided", "Decision", "ForeignRows", "Look", "Refused",
    "Selection", "ask_whether_partly", "cascade", "confirm", "decide", "hold_all", "judge", "look", "names_of", "offered",
    "open_moves", "open_sets", "preview", "receipt_rows", "retry_selection", "run",
    "sentence_of", "undo", "undo_closed",
]  # fmt: skip
