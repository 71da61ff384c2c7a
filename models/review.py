"""Review records (审核记录): every step of a unit's or a person's review, with the opinion its unit may read."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UnitOwned
from models.kinds import Moment, enum_type, now, says
from models.words import Labelled


class ReviewStep(Labelled):
    """Which review it was."""

    first_review = "first_review", "初审", "muted", "分团对单位信息的审核"
    second_review = "second_review", "复审", "muted", "省交易团秘书处对单位的复审"
    person_review = "person_review", "人员审核", "muted", "分团对人员信息的审核"
    security_check = "security_check", "安全审核", "muted", "公安部门对人员的审核"


class ReviewRecord(UnitOwned, Base):
    """One decision; ``person_id`` is empty for the unit's own review. Moves with the unit."""

    __tablename__ = "review_record"
    __label__ = "审核记录"
    __purpose__ = "查看每一次审核的结论、意见和审核人。"
    rules = (Index(None, "person_id"),)

    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=says("人员", machine=True, listed=True))
    step: Mapped[ReviewStep] = mapped_column(
        enum_type(ReviewStep, "step"),
        info=says("环节", means="哪一环节的审核", machine=True, listed=True, filtered=True),
    )
    action: Mapped[str] = mapped_column(String(50), info=says("操作", means="作出的结论", machine=True, listed=True))
    opinion: Mapped[str | None] = mapped_column(String(500), info=says("审核意见", machine=True, listed=True))
    round: Mapped[int] = mapped_column(
        default=1, info=says("轮次", means="第几次提交后的审核", machine=True, listed=True)
    )
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=says("审核人", machine=True, listed=True))
    at: Mapped[Moment] = mapped_column(default=now, info=says("时间", machine=True, listed=True, filtered=True))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), index=True, info=says("批次", machine=True))
