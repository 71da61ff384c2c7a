"""A unit that leaves for another province as one file: its tables, its pictures, and a manifest that names each by its hash.

The archive opens with a password only, for it holds identity numbers (DOMAIN §4.4). What does not travel is said in the
tables and left to the receiving side: quota, group-pay decisions, badges.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from exchange import package_sheets as sheets
from exchange.pictures import path_of
from exchange.sealed_file import open_archive
from exchange.sheet_source import SheetError
from models import (
    Account,
    Attachment,
    Batch,
    BatchRow,
    Delegation,
    Edition,
    GroupPayDecision,
    Intention,
    PackageWay,
    Person,
    PersonStatus,
    ReviewRecord,
    TransferPackage,
    TransferRequest,
    Unit,
)
from models.kinds import ALPHABET, now
from workflow.actors import Actor, unscoped
from workflow.trail import note

FORMAT: Final = "expo-transfer-package"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
PICTURES: Final = "files/"
SUFFIXES: Final = {"image/jpeg": ".jpg", "image/png": ".png"}
LONGEST_NAME: Final = 100
_NUMBER, _CODE, _HASH = re.compile(f"[{ALPHABET}]{{10}}"), re.compile("[0-9A-Z]{1,8}"), re.compile("[0-9a-f]{64}")
_FORMER: Final = "移交包不是本系统生成的，或版本不同；请对方用同一版本重新生成"


@dataclass(frozen=True)
class Package:
    """An opened package: what its manifest says, and its files by name."""

    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]

    @property
    def number(self) -> str:
        """The request's reference at the other side: the same in every copy."""
        return str(self.manifest["number"])

    @property
    def whole(self) -> str:
        """The hash of the names and hashes of all files."""
        return str(self.manifest["whole"])

    @property
    def persons(self) -> int:
        """How many persons travel."""
        return int(self.manifest["persons"])

    @property
    def pictures(self) -> dict[str, bytes]:
        """The pictures by name."""
        return {name: content for name, content in self.files.items() if name.startswith(PICTURES)}


def pack(session: Session, request: TransferRequest, folder: Path) -> Package:
    """Gather what travels of a handed-over unit. Raises FileNotFoundError for a picture whose file is lost."""
    unit = session.get_one(Unit, request.unit_id)
    before = _states_before(session, unit)
    persons = list(session.scalars(
        select(Person).where(Person.unit_id == unit.id, Person.review_status == PersonStatus.transferred_out).order_by(Person.id)
    ))  # fmt: skip
    files = {**_tables(session, unit, persons, before), **_pictures(session, unit, persons, folder)}
    hashes = {name: {"sha256": _hash(content), "bytes": len(content)} for name, content in files.items()}
    manifest = {
        "format": FORMAT, "version": VERSION, "number": request.ref, "edition": session.get_one(Edition, unit.edition_id).code,
        "from": _sender(session, unit), "to": {"name": request.outside_name, "code": request.outside_code}, "unit": unit.name,
        "made_at": now().isoformat(timespec="seconds"), "persons": len(persons), "files": hashes, "whole": whole_of(hashes),
    }  # fmt: skip
    return Package(manifest, files)


def send(session: Session, actor: Actor, request: TransferRequest, folder: Path, taker: str) -> Package:
    """Gather what travels, and enter that it left: in the trail, and in the list of packages. Raises as ``pack`` does."""
    package = pack(session, request, folder)
    pictures = len(package.pictures)
    session.add(TransferPackage(
        edition_id=actor.edition_id, way=PackageWay.sent, number=package.number, unit_id=request.unit_id,
        unit_name=request.unit_name, delegation_id=request.delegation_id, province_id=request.province_id,
        other_name=request.outside_name, other_code=request.outside_code, whole=package.whole, persons=package.persons,
        files=pictures, taker=taker, by_id=actor.account_id,
    ))  # fmt: skip
    told = {"校验值": package.whole, "人员": package.persons, "图片": pictures, "领取人": taker}
    note(session, "transfer_request.export", "transfer_request", request.id, request.ref, told)
    session.flush()
    return package


def archived(package: Package) -> dict[str, bytes]:
    """Return everything that the archive holds."""
    told = json.dumps(package.manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    return {MANIFEST: told, **package.files}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def whole_of(hashes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the hash of all names and hashes together."""
    return _hash("".join(f"{name}\0{told['sha256']}\n" for name, told in sorted(hashes.items())).encode())


def _sender(session: Session, unit: Unit) -> dict[str, str]:
    with unscoped(session):
        home = session.get_one(Delegation, unit.province_id)
    return {"name": home.name, "code": home.referral_code}


def _states_before(session: Session, unit: Unit) -> dict[tuple[str, int], str]:
    """Return the states in which the unit and its persons left, by noun and id."""
    rows = (
        select(Batch.noun, BatchRow.object_id, BatchRow.before)
        .join(Batch, Batch.id == BatchRow.batch_id)
        .where(Batch.move.in_(("left", "left_with_unit")))
        .where(
            (Batch.noun == "unit") & (BatchRow.object_id == unit.id)
            | (Batch.noun == "person") & BatchRow.object_id.in_(select(Person.id).where(Person.unit_id == unit.id))
        )
        .order_by(BatchRow.id)
    )
    with unscoped(session):
        return {(row.noun, row.object_id): row.before for row in session.execute(rows)}


def _tables(
    session: Session, unit: Unit, persons: list[Person], before: Mapping[tuple[str, int], str]
) -> dict[str, bytes]:
    refs = {person.id: person.ref for person in persons}
    intentions = session.scalars(select(Intention).where(Intention.unit_id == unit.id).order_by(Intention.id))
    names = _names(session, Account, (person.decided_by_id for person in persons))
    payers = _names(session, Delegation, (person.payer_id for person in persons))
    rows: dict[sheets.Table, Iterable[tuple[list[str], Any]]] = {
        sheets.UNIT: [([unit.former_uscc or "", before.get(("unit", unit.id), "")], unit)],
        sheets.PERSONS: [([person.ref, before.get(("person", person.id), "")], person) for person in persons],
        sheets.INTENTIONS: [([], row) for row in intentions],
        sheets.REVIEWS: list(_reviews(session, unit, refs)),
        sheets.DECISIONS: [
            ([person.ref, payers.get(person.payer_id or 0, "") or names.get(person.decided_by_id or 0, "")], person)
            for person in persons
            if person.group_pay_decision is not GroupPayDecision.undecided
        ],
    }
    return {table.file: sheets.written(table, rows[table]) for table in sheets.TABLES}


def _reviews(session: Session, unit: Unit, refs: Mapping[int, str]) -> Iterator[tuple[list[str], ReviewRecord]]:
    """Yield the reviews of the unit and of the persons that travel."""
    rows = list(session.scalars(select(ReviewRecord).where(ReviewRecord.unit_id == unit.id).order_by(ReviewRecord.id)))
    names = _names(session, Account, (row.by_id for row in rows))
    for row in rows:
        if row.person_id is None or row.person_id in refs:
            yield [refs.get(row.person_id or 0, ""), names.get(row.by_id or 0, "")], row


def _names(session: Session, model: Any, ids: Iterable[int | None]) -> dict[int, str]:
    wanted = sorted({number for number in ids if number is not None})
    with unscoped(session):
        return {row.id: row.name for row in session.execute(select(model.id, model.name).where(model.id.in_(wanted)))}


def _pictures(session: Session, unit: Unit, persons: list[Person], folder: Path) -> dict[str, bytes]:
    """Return the pictures under names that say whose they are and what they show."""
    refs: dict[int | None, str] = {None: "unit", **{person.id: person.ref for person in persons}}
    found: dict[str, bytes] = {}
    for row in session.scalars(select(Attachment).where(Attachment.unit_id == unit.id).order_by(Attachment.id)):
        if row.person_id in refs:
            name = f"{PICTURES}{refs[row.person_id]}-{row.kind.value}-{len(found) + 1}{SUFFIXES[row.media_type]}"
            found[name] = path_of(folder, row.ref).read_bytes()
    return found


def unpack(data: bytes, password: str) -> Package:
    """Open a package and check it against its manifest, file by file; raise SheetError and WrongPassword."""
    files = open_archive(data, password)
    manifest = _manifest(files.pop(MANIFEST, b""))
    told = manifest["files"]
    if missing := sorted(told.keys() - files.keys()):
        raise SheetError(f"移交包缺少文件“{missing[0]}”；请重新取得完整的移交包")
    if extra := sorted(files.keys() - told.keys()):
        raise SheetError(f"移交包内多出清单没有的文件“{extra[0]}”，可能被篡改；请对方重新生成")
    for name, content in files.items():
        if _hash(content) != told[name]["sha256"]:
            raise SheetError(f"文件“{name}”与清单的校验值不符，可能被改动；请对方重新生成")
    if whole_of(told) != manifest["whole"]:
        raise SheetError("清单的总校验值不符，可能被改动；请对方重新生成")
    if lost := [table.file for table in sheets.TABLES if table.file not in files]:
        raise SheetError(f"移交包缺少文件“{lost[0]}”；请重新取得完整的移交包")
    return Package(manifest, files)


def reopened(data: bytes, password: str) -> Package:
    """Open a package that was checked before and has been kept with other pictures; raise SheetError."""
    files = open_archive(data, password)
    return Package(_manifest(files.pop(MANIFEST, b"")), files)


def _manifest(content: bytes) -> dict[str, Any]:
    """Read the manifest; whatever is not as this program writes it is refused."""
    try:
        told: dict[str, Any] = json.loads(content)
        names = [told["from"]["name"], told["to"]["name"], told["unit"], told["edition"]]
        codes = [told["from"]["code"], told["to"]["code"]]
        hashes = [told["whole"], *(of["sha256"] for of in told["files"].values())]
        fits = (
            (told["format"], told["version"]) == (FORMAT, VERSION)
            and isinstance(told["persons"], int)
            and all(map(_is_name, [*names, *told["files"]]))
            and all(map(_CODE.fullmatch, codes))
            and all(map(_HASH.fullmatch, hashes))
            and _NUMBER.fullmatch(told["number"])
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SheetError(_FORMER) from error
    if not fits:
        raise SheetError(_FORMER)
    return told


def _is_name(text: str) -> bool:
    """Whether a text is as short as a name and holds no character that is none: a control, or half of one."""
    return 0 < len(text) <= LONGEST_NAME and not any(unicodedata.category(char) in ("Cc", "Cs") for char in text)
