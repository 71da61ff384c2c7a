"""Pictures beside the rows: a licence of each unit, a portrait of each person.

The first units' files are really there: their own licence, and one of a few portraits (a link each, so that a thousand
take no more room than a dozen). The units after them have the rows alone, alike in every fact a guard looks at; asking
for such a picture finds none.
"""

import hashlib
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from demo import pictures
from demo.fair import Fair
from demo.persons import Holder
from demo.units import Home
from exchange.pictures import path_of
from models import Attachment, AttachmentKind, PersonStatus, Sex, UnitStatus

DRAWN = 300  # units whose pictures exist
FACES = 24
FILES = "files"  # under the instance folder, as the back office keeps them


@lru_cache(maxsize=FACES + 1)
def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Album:
    """Draws and stores the pictures of one load; without a folder nothing is stored."""

    def __init__(self, fair: Fair, folder: Path | None) -> None:
        self.fair = fair
        self.folder = folder / FILES if folder else None

    @cached_property
    def faces(self) -> list[bytes]:
        """The portraits, men's at even places and women's at odd ones."""
        count = FACES if self.folder else len(Sex)
        return [pictures.portrait(number, "FM"[number % 2 == 0]) for number in range(count)]

    @cached_property
    def specimen(self) -> bytes:
        """The licence that stands for those not drawn."""
        return pictures.licence("演示单位", "91350100000000000X", 0)

    def add_licence(self, home: Home) -> None:
        """Give a unit its licence; of drafts a third has none yet."""
        if home.status is UnitStatus.deleted or (home.status is UnitStatus.draft and self.fair.chance.happens(0.33)):
            return
        is_drawn = self.folder is not None and home.id <= DRAWN
        data = pictures.licence(home.name, home.uscc or "", home.id) if is_drawn else self.specimen
        self._add(home, AttachmentKind.LICENCE, data, filename="单位资质证明.jpg")

    def add_portrait(self, holder: Holder) -> None:
        """Give a person a portrait; of drafts a fifth has none yet."""
        status = holder.status
        if status is PersonStatus.deleted or (status is PersonStatus.draft and self.fair.chance.happens(0.2)):
            return
        number = holder.id % (len(self.faces) // 2) * 2 + (holder.sex is Sex.F)
        self._add(holder.home, AttachmentKind.PHOTO, self.faces[number], person_id=holder.id, filename="证件照.jpg")

    def _add(self, home: Home, kind: AttachmentKind, data: bytes, **facts: Any) -> None:
        ref = self.fair.chance.ref()
        self.fair.rows.add(
            Attachment, home.created_at, ref=ref, **home.owner, kind=kind, media_type="image/jpeg", size=len(data),
            sha256=_digest(data), **facts,
        )  # fmt: skip
        if self.folder is not None and home.id <= DRAWN:
            self._store(self.folder, ref, data, is_shared=kind is AttachmentKind.PHOTO)

    def _store(self, folder: Path, ref: str, data: bytes, *, is_shared: bool) -> None:
        path = path_of(folder, ref)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        first = self._first.setdefault(data, path) if is_shared else path
        if first is path:
            path.write_bytes(data)
        else:
            path.hardlink_to(first)

    @cached_property
    def _first(self) -> dict[bytes, Path]:
        """Where the file of each portrait lies."""
        return {}
