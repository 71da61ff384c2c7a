"""What is kept of persons, for how long, and how it goes when an edition is over (PIPL 19, 47; DOMAIN §8)."""

from workflow.keeping.deciding import (
    ERASED,
    Refused,
    agree,
    ask,
    begin,
    closed,
    due_on,
    tell_deciders,
    tell_of_due,
    waiting,
    withdraw,
)
from workflow.keeping.holding import Elsewhere, Held, elsewhere, of_edition
from workflow.keeping.reporting import count, report
from workflow.keeping.slicing import Tools, digest_of, run
from workflow.keeping.vacuum import vacuum

__all__ = [
    "ERASED", "Elsewhere", "Held", "Refused", "Tools", "agree", "ask", "begin", "closed", "count", "digest_of", "due_on", "elsewhere", "of_edition", "report",
    "run", "tell_deciders", "tell_of_due", "vacuum", "waiting", "withdraw",
]  # fmt: skip
