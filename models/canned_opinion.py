"""Opinions an account keeps to use again at the review desk, beside the ones everybody has."""

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class CannedOpinion(Base):
    """One sentence of one account for one noun."""

    __tablename__ = "canned_opinion"
    __table_args__ = (UniqueConstraint("account_id", "noun", "text"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    noun: Mapped[str] = mapped_column(String(30))
    text: Mapped[str] = mapped_column(String(200))
