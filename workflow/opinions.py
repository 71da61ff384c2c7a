"""Opinions that an account keeps to use again at the review desk, beside those that everybody has (``canned``)."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models import CannedOpinion
from workflow.actors import Actor
from workflow.sessions import writing_sets

MOST_OWN = 50
LONGEST = 200
SHORTEST = 5


class OpinionRefused(Exception):
    """An own opinion cannot be kept; the message is one sentence."""


def own(session: Session, actor: Actor, noun: str) -> list[CannedOpinion]:
    """Return what the account has kept, the oldest first."""
    mine = (CannedOpinion.account_id == actor.account_id, CannedOpinion.noun == noun)
    return list(session.scalars(select(CannedOpinion).where(*mine).order_by(CannedOpinion.id)))


def keep(session: Session, actor: Actor, noun: str, text: str) -> None:
    """Keep a sentence for the account; keeping it twice keeps it once. Raises OpinionRefused."""
    text = " ".join(text.split())
    if not SHORTEST <= len(text) <= LONGEST:
        raise OpinionRefused(f"常用意见须为 {SHORTEST} 至 {LONGEST} 个字")
    mine = (CannedOpinion.account_id == actor.account_id, CannedOpinion.noun == noun)
    if session.scalar(select(CannedOpinion.id).where(*mine, CannedOpinion.text == text)) is not None:
        return
    if (session.scalar(select(func.count(CannedOpinion.id)).where(*mine)) or 0) >= MOST_OWN:
        raise OpinionRefused(f"最多保存 {MOST_OWN} 条常用意见，请先删除不用的")
    session.add(CannedOpinion(account_id=actor.account_id, noun=noun, text=text))
    session.flush()


def forget(session: Session, actor: Actor, noun: str, opinion_id: int) -> None:
    """Delete one of the account's own; another's is none."""
    mine = (CannedOpinion.account_id == actor.account_id, CannedOpinion.noun == noun)
    with writing_sets(session):
        session.execute(delete(CannedOpinion).where(*mine, CannedOpinion.id == opinion_id))
