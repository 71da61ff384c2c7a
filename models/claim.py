"""Who has a row on the review desk just now. A claim hinders nobody from deciding elsewhere: it keeps two clerks apart."""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.kinds import Moment


class Claim(Base):
    """A row of a noun and the account that looks at it until a moment; the next one may take what has run out."""

    __tablename__ = "claim"
    __table_args__ = (UniqueConstraint("noun", "object_id"), Index(None, "account_id", "noun"))

    noun: Mapped[str] = mapped_column(String(30))
    object_id: Mapped[int] = mapped_column()
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    until: Mapped[Moment] = mapped_column()
