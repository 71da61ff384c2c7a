"""Look-ups: the rows of a noun whose names hold what was typed, as pairs of id and words."""

from sqlalchemy import String, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from admin_views import search
from admin_views.listing import standing
from admin_views.screen import Screen
from exchange import labels
from exchange.names import title_of
from models import Delegation
from models.columns import attribute, columns_of
from models.validators import spellings
from workflow.actors import Actor, unscoped

MOST = 20
TARGETS = "targets"

Pairs = list[tuple[str, str]]


def rows(session: Session, actor: Actor, screen: Screen, typed: str) -> Pairs:
    """Return up to twenty rows of the reader's scope by name or exact code; nothing typed gives the first ones."""
    model, title = screen.model, title_of(screen.model)
    key = attribute(model, "id")
    statement = select(key, title, *_beside(screen)).where(*standing(screen, actor))
    try:
        found = search.read(typed)
    except ValueError:
        return []
    if found is not None:
        codes = [attribute(model, c.key) == found.code for c in search.searched(model) if c.kind == "code"]
        is_text = isinstance(title.type, String)
        names = [title.icontains(spelt, autoescape=True) for spelt in spellings(found.text) if is_text]
        statement = statement.where(or_(false(), *names, *codes))
    got = session.execute(statement.order_by(title, key).limit(MOST))
    return [(str(row[0]), " · ".join(str(part) for part in row[1:] if part)) for row in got]


def _beside(screen: Screen) -> list[InstrumentedAttribute[str]]:
    """Return the code that tells rows of one name apart: a unit's USCC, an account's username."""
    keys = [key for key in ("uscc", "username") if key in columns_of(screen.model)]
    return [attribute(screen.model, key) for key in keys]


def targets(session: Session, typed: str) -> Pairs:
    """Return nodes that a unit may be assigned to: the names of all active ones are public."""
    words = typed.strip()[:50]
    statement = select(Delegation.id, Delegation.name).where(Delegation.is_active)
    if words:
        statement = statement.where(
            or_(*(name.icontains(words, autoescape=True) for name in (Delegation.name, Delegation.short_name)))
        )
    with unscoped(session):
        got = session.execute(statement.order_by(Delegation.code, Delegation.id).limit(MOST)).all()
    return [(str(number), name) for number, name in got]


def values(screen: Screen, field: str, typed: str, lang: str) -> Pairs | None:
    """Return the words of a column with a fixed vocabulary that hold what was typed; None for any other column."""
    column = columns_of(screen.model).get(field)
    words = None if column is None else labels.vocabulary(column, lang)
    if words is None:
        return None
    wanted = typed.strip().lower()
    return [(value, said) for value, said in words.items() if wanted in said.lower() or wanted == value.lower()][:MOST]
