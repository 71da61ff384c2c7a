"""What the preview of an import found and what its commit did, in the words of the reader."""

import re
from typing import Any

from flask import url_for

from admin_views import languages
from admin_views.sentences import Message, message, spoken
from exchange import labels
from workflow.machines import MACHINES

# A validator says in one sentence what is wrong and how to mend it.
PARTS = re.compile(r"(.*?)[，；;,] ?((?:请|please ).*)", re.DOTALL)
FEW = 20  # changes that a page tells before it is asked for all


def said(shown: dict[str, Any]) -> dict[str, Any]:
    """Return what a preview found in the words of the reader."""
    return {
        **shown,
        "errors": [
            (row, spoken(column), value, *_halves(rule, how)) for row, column, value, rule, how in shown["errors"]
        ],
        "changes": [
            (*told[:3], message(told[3]), told[4], spoken(told[5]) if isinstance(told[5], str) else told[5], *told[6:])
            for told in shown["changes"]
        ],
        "warnings": [(row, message(sentence)) for row, sentence in shown["warnings"]],
        "budgets": [(pool, spoken(label), *rest) for pool, label, *rest in shown["budgets"]],
    }


def _halves(rule: Message, how: Message) -> tuple[str, str]:
    """Return what is wrong and how to mend it; a message of both in one is parted where its language says please."""
    if how != ["", {}]:
        return message(rule), message(how)
    said = message(rule)
    parts = PARTS.fullmatch(said)
    return (parts[1], parts[2][:1].upper() + parts[2][1:]) if parts else (said, "")


def few(shown: dict[str, Any]) -> dict[str, Any] | None:
    """Return the same with the first changes only; nothing where they are few already."""
    changes = shown["changes"]
    if len(changes) <= FEW:
        return None
    return {**shown, "changes": changes[:FEW], "changes_more": (shown["changes_more"] or 0) + len(changes) - FEW}


def moves(noun: str, told: list[list[Any]]) -> list[tuple[str, int, int, str]]:
    """Return the moves of a table of decisions in words, each with its receipt once it is done."""
    return [
        (labels.of_move(MACHINES[noun].moves[name], languages.chosen()), done, refused,
         url_for("batches.receipt", ref=ref) if ref else "")
        for name, done, refused, ref in told
    ]  # fmt: skip
