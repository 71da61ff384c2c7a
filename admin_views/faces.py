"""Last year's badge face beside this year's, for who decides whether a card may be used again."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from admin_views import stored
from admin_views.list_page import Reader
from admin_views.rows import badge
from admin_views.sentences import spoken
from exchange import labels
from models import Attachment, Base, Certificate, CertMode
from models.columns import columns_of
from models.personal import CLEARED
from workflow import reuse


def compared(reader: Reader, row: Base) -> list[dict[str, Any]]:
    """Return the list of what stands on both faces; nothing where the row is no card to be used again."""
    if not isinstance(row, Certificate) or row.mode is not CertMode.reuse:
        return []
    old = reuse.earlier_of(reader.session, row)
    return [{
        "label": _("卡面对照"), "columns": [_("卡面信息"), _("往届"), _("本届"), _("是否一致")],
        "rows": [] if old is None else _rows(reader, old, row), "more_url": "", "create_url": "",
        "empty_text": _("系统中没有往届证件的记录，请核对原证件号和原证件"),
    }]  # fmt: skip


def _rows(reader: Reader, old: Certificate, new: Certificate) -> list[list[Any]]:
    told = []
    for key in reuse.FACE:
        column, values = columns_of(Certificate)[key], (getattr(old, key), getattr(new, key))
        shown = [labels.of_value(column, value, reader.lang) for value in values]
        marked = [stored.mark(text, reader.lang) if stored.is_stored(column) else text for text in shown]
        same = _("无法比较") if values[0] == CLEARED else _same(values[0] == values[1])
        told.append([labels.of_column(column, reader.lang), *marked, same])
    pictures = reuse.photos_of(reader.session, old, new)
    known = all(picture is not None for picture in pictures)
    alike = len({picture.sha256 for picture in pictures if picture}) < 2
    same = _same(alike) if known else _("无法比较")
    told.append([_("证件照"), *(_picture(picture) for picture in pictures), same])
    status = columns_of(Certificate)["status"]
    told.append([spoken(status.label), badge(old.status, reader.lang), badge(new.status, reader.lang), "—"])
    return told


def _same(alike: bool) -> str:  # noqa: FBT001 - the one question
    if alike:
        return _("一致")
    return Markup('<span class="badge tone-danger">{}</span>').format(escape(_("不同")))


def _picture(picture: Attachment | None) -> str:
    if picture is None:
        return _("没有")
    return Markup('<a href="{}">{}</a>').format(url_for("file.download", ref=picture.ref), escape(_("下载")))
