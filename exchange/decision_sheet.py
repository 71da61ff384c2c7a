"""The decision workbook's columns, and the keyed hash by which a row is known again when the file comes back."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Delegation, keyring
from models.terms import english
from workflow import engine
from workflow.actors import Actor, unscoped
from workflow.machines import MACHINES
from workflow.moves import WORDS, Ask, Move
from workflow.rights import allowed

TEMPLATE: Final = "decisions"
VERSION: Final = "1"
MOST_ROWS: Final = 20_000

REF, SEEN, CHECK, MOVES, DECISION, WORDS_KEY = "ref", "seen", "check", "moves", "decision", "words"
HIDDEN: Final = (REF, SEEN, CHECK, MOVES)
TITLES: Final[Mapping[str, tuple[str, str]]] = {
    REF: ("行编号", "Row number"), SEEN: ("行版本", "Row version"), CHECK: ("行校验", "Row check"),
    MOVES: ("可办理", "Open moves"), DECISION: ("处理意见", "Decision"), WORDS_KEY: ("意见", "Opinion"),
    "target": ("接收方", "Receiving delegation"), "label": ("新标签", "New label"),
    "from_pool": ("从分团余额划拨", "From the pool"),
}  # fmt: skip
"""The headings in Chinese and English, by what stands below; asks that are no words stand under their own name."""


def title(key: str, lang: str) -> str:
    """Return a heading."""
    return TITLES[key][lang == "en"]


def decidable(actor: Actor, noun: str) -> list[Move]:
    """Return the moves that the actor may decide on away from the desk; none without the list itself."""
    if noun not in MACHINES or not allowed(actor, "list", noun):
        return []
    return [move for move in engine.offered(actor, noun) if is_for_tables(move)]


def is_for_tables(move: Move) -> bool:
    """Whether a move is decided on away from the desk: on many rows, asking only for words and for what has a heading.

    So nothing is asked there that a drop-down cannot offer, and no moment, for a file is read late.
    """
    return move.bulk and all(ask.name in WORDS or ask.name in TITLES for ask in move.asks)


def answer_keys(moves: list[Move]) -> list[str]:
    """Return the asks that have a column of their own, in the order of the table of moves."""
    return list(dict.fromkeys(ask.name for move in moves for ask in move.asks if ask.name not in WORDS))


def words_ask(move: Move) -> Ask | None:
    """Return the ask that is answered in the column 意见."""
    return next((ask for ask in move.asks if ask.name in WORDS), None)


def choice_words(ask: Ask) -> dict[str, str]:
    """Return what people may write for a choice → its value: in Chinese, in English, or the value itself."""
    said = [(word, value) for value, label in ask.choices for word in (value, english(label, value), label)]
    return {word.casefold(): value for word, value in said}


def nodes_of(session: Session) -> dict[str, int]:
    """Return the active nodes by name, by name and code where a name is not alone; their names are public."""
    with unscoped(session):
        rows = session.execute(
            select(Delegation.id, Delegation.name, Delegation.code)
            .where(Delegation.is_active)
            .order_by(Delegation.code)
        ).all()
    names = [row.name for row in rows]
    return {row.name if names.count(row.name) == 1 else f"{row.name} {row.code}": row.id for row in rows}


def sealer(actor: Actor, noun: str) -> Callable[[str, int], str]:
    """Return what makes a row's check value: bound to the row, its version, the edition and the actor's node.

    A row from elsewhere, or one whose version was typed over, does not carry the value that the program would give it.
    """
    key = hmac.digest(keyring.current().index_key, b"decision workbook", hashlib.sha256)
    place = f"{noun}|{actor.edition_id}|{actor.delegation_id}|"

    def seal(ref: str, seen: int) -> str:
        # A letter in front: no spreadsheet takes it for a number.
        return "h" + hmac.new(key, f"{place}{ref}|{seen}".encode(), hashlib.sha256).hexdigest()[:32]

    return seal
