"""Stored files (attachments): licences, portraits, paper images. Names on disk are random, never the user's."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Dated, Referenced, UnitOwned
from models.kinds import enum_type, says
from models.words import Labelled


class AttachmentKind(Labelled):
    """What the file shows."""

    LICENCE = "LICENCE", "单位资质证明"
    PHOTO = "PHOTO", "证件照"
    ID_IMAGE = "ID_IMAGE", "证件照片页"


class Attachment(Referenced, Dated, UnitOwned, Base):
    """A re-encoded image under ``instance/files/``; ``person_id`` is empty for a unit's own paper."""

    __tablename__ = "attachment"
    __label__ = "附件"
    rules = (Index(None, "person_id"), Index(None, "sha256"))

    kind: Mapped[AttachmentKind] = mapped_column(
        enum_type(AttachmentKind, "kind"), info=says("类别", listed=True, filtered=True, required="always")
    )
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=says("人员", once=True))
    filename: Mapped[str] = mapped_column(String(200), info=says("文件名", listed=True, machine=True))
    media_type: Mapped[str] = mapped_column(String(30), info=says("格式", machine=True))
    size: Mapped[int] = mapped_column(info=says("大小（字节）", machine=True, listed=True))
    sha256: Mapped[str] = mapped_column(String(64), info=says("校验值", machine=True))
