"""Pictures that people hand in: licences and portraits (DOMAIN §2.1, §2.3), checked, decoded and written anew.

What is stored is never what was sent: the image is decoded whole and encoded again, which drops cameras' data and
anything hidden behind the pixels. The name on disk is the attachment's random reference, under two hex digits.
"""

import hashlib
import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy.orm import Session

from models import Attachment, AttachmentKind, Person, Unit
from models.kinds import new_ref
from models.validators import Invalid, normalise
from workflow import identity

MOST_PIXELS = 40_000_000
_FORMATS = {"JPEG": ("image/jpeg", ".jpg"), "PNG": ("image/png", ".png")}


@dataclass(frozen=True)
class Rule:
    """What a kind of picture must be; sizes in bytes, width and height in pixels (0: free)."""

    least: int
    most: int
    width: int = 0
    height: int = 0
    shape: tuple[float, float] = (0.0, 100.0)  # width by height
    hint: str = ""


RULES = {
    AttachmentKind.LICENCE: Rule(1, 2 << 20, hint="JPG 或 PNG，不超过 2 MB"),
    AttachmentKind.ID_IMAGE: Rule(1, 2 << 20, hint="JPG 或 PNG，不超过 2 MB"),
    AttachmentKind.PHOTO: Rule(
        40 << 10, 500 << 10, 358, 441, (0.75, 0.85), "JPG 或 PNG，40–500 KB，至少 358×441 像素，白底免冠"
    ),
}


@dataclass(frozen=True)
class Picture:
    """A checked picture, encoded anew."""

    data: bytes
    media_type: str
    suffix: str
    width: int
    height: int


def check(kind: AttachmentKind, data: bytes, *, kept: bool = False) -> Picture:
    """Return the picture in its stored form; raise Invalid with a sentence that says how to mend it.

    One that was ``kept`` before, by this program at another place, has met the rules when it was handed in.
    """
    rule, label = RULES[kind], kind.label
    if not (1 if kept else rule.least) <= len(data) <= (4 * rule.most if kept else rule.most):
        raise Invalid(f"{label}文件大小为 {len(data) / 1024:.0f} KB，应为{rule.hint}")
    image, media_type, suffix = _decoded(label, data)
    if not kept and (image.width < rule.width or image.height < rule.height):
        raise Invalid(f"{label}为 {image.width}×{image.height} 像素，至少需要 {rule.width}×{rule.height} 像素")
    if not kept and not rule.shape[0] <= image.width / image.height <= rule.shape[1]:
        raise Invalid(f"{label}为 {image.width}×{image.height} 像素，宽高比应接近 26:32，请裁剪后重新上传")
    out = io.BytesIO()
    if media_type == "image/jpeg":
        image.convert("RGB").save(out, "JPEG", quality=92)
    else:
        image.save(out, "PNG")
    return Picture(out.getvalue(), media_type, suffix, image.width, image.height)


def measured(kind: AttachmentKind, data: bytes) -> int:
    """Return how many pixels a picture says it has; nothing is decoded. Raises Invalid for one that is none, or too large."""
    with _opened(kind.label, data) as image:
        return image.width * image.height


def stored(kind: AttachmentKind, data: bytes) -> Picture:
    """Return a picture that ``check`` has written before."""
    with _opened(kind.label, data) as image:
        return Picture(data, *_FORMATS[str(image.format)], image.width, image.height)


@contextmanager
def _opened(label: str, data: bytes) -> Iterator[Image.Image]:
    """Open a picture by its head, and tell in words what goes wrong with it in the block."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=list(_FORMATS)) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Invalid(f"{label}的像素过多（{image.width}×{image.height}），请缩小后重新上传")
                yield image
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Invalid(f"{label}的像素过多，请缩小后重新上传") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, Invalid):
            raise
        raise Invalid(f"{label}不是可用的 JPG 或 PNG 图片，请重新导出后上传") from error


def _decoded(label: str, data: bytes) -> tuple[Image.Image, str, str]:
    with _opened(label, data) as image:
        media_type, suffix = _FORMATS[str(image.format)]
        image.load()
        upright = ImageOps.exif_transpose(image)
    mode = "RGBA" if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info else "RGB"
    clean = Image.new(mode, upright.size)
    clean.paste(upright.convert(mode))
    return clean, media_type, suffix


def path_of(folder: Path, ref: str) -> Path:
    """Return where the file of an attachment lies."""
    return folder / hashlib.sha256(ref.encode()).hexdigest()[:2] / ref


def keep(
    session: Session, folder: Path, kind: AttachmentKind, owner: Unit | Person, name: str, picture: Picture
) -> Attachment:
    """Store a picture and its row, and do what it entails; the caller commits, and calls ``forget`` when that fails."""
    unit_id = owner.id if isinstance(owner, Unit) else owner.unit_id
    row = Attachment(
        ref=new_ref(), kind=kind, unit_id=unit_id, person_id=owner.id if isinstance(owner, Person) else None,
        delegation_id=owner.delegation_id, province_id=owner.province_id, filename=_filename(name, kind, picture),
        media_type=picture.media_type, size=len(picture.data), sha256=hashlib.sha256(picture.data).hexdigest(),
    )  # fmt: skip
    target = path_of(folder, row.ref)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".part")
    with draft.open("xb") as file:
        file.write(picture.data)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(target)
    try:
        session.add(row)
        session.flush()
        identity.pictured(session, row)
    except BaseException:
        target.unlink()
        raise
    return row


def forget(folder: Path, ref: str) -> None:
    """Remove the file of an attachment that was not committed or has been purged."""
    path_of(folder, ref).unlink(missing_ok=True)


def remove_purged(session: Session, folder: Path) -> None:
    """Remove the files whose rows the transaction just committed has purged."""
    for ref in session.info.pop("files_to_remove", []):
        forget(folder, ref)


def _filename(name: str, kind: AttachmentKind, picture: Picture) -> str:
    """Return a name to download the file under: the user's words, our ending."""
    try:
        stem = normalise(name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0], 500)
    except Invalid:
        stem = ""
    kept = "".join(char for char in stem if char.isalnum() or char in "-_（）() ·.")[:80].strip(". ")
    return (kept or kind.label) + picture.suffix
