"""An uploaded table between its preview and its commit, and what became of each row."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Placed, Referenced
from models.kinds import Moment, SealedBytes, UtcDateTime, enum_type, now, says
from models.words import Labelled


class ImportStatus(Labelled):
    """Life of an upload."""

    previewed = "previewed", "待写入", "warning", "已核对，尚未写入"
    done = "done", "已写入", "success", "已写入"


class ImportJob(Referenced, Placed, Base):
    """The newest upload of an account for one noun. ``target_id`` is the node that new rows hang on.

    ``content`` is the table as it came, sealed: it holds names, and of the police the codes of reasons beside them.
    ``digest`` names what the preview showed: the commit plans again and is refused when it finds anything else.
    ``results`` is JSON of row number → [outcome, reason]; ``shown`` is JSON of what the preview page tells.
    """

    __tablename__ = "import_job"
    __label__ = "导入记录"
    __table_args__ = (Index(None, "account_id", "noun"),)

    noun: Mapped[str] = mapped_column(String(30), info=says("对象", machine=True, listed=True, filtered=True))
    filename: Mapped[str] = mapped_column(String(200), info=says("文件名", machine=True, listed=True))
    status: Mapped[ImportStatus] = mapped_column(
        enum_type(ImportStatus, "status"),
        default=ImportStatus.previewed,
        info=says("状态", machine=True, listed=True, filtered=True),
    )
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id"), info=says("经办人", machine=True, listed=True)
    )
    target_id: Mapped[int] = mapped_column(ForeignKey("delegation.id"), info=says("导入到", machine=True, listed=True))
    digest: Mapped[str] = mapped_column(String(64), info=says("", machine=True, hidden=True))
    content: Mapped[bytes] = mapped_column(
        SealedBytes("import_job.content"), info=says("", machine=True, hidden=True, personal=True)
    )
    shown: Mapped[str] = mapped_column(Text, info=says("", machine=True, hidden=True))
    results: Mapped[str] = mapped_column(Text, info=says("", machine=True, hidden=True))
    created_at: Mapped[Moment] = mapped_column(default=now, info=says("上传时间", machine=True, listed=True))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), info=says("写入时间", machine=True, listed=True))
