"""What a transfer package does where it arrives: the unit, its persons, pictures and reviews; what stays behind (DOMAIN §4.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from exchange import package_pictures, package_sheets, pictures
from exchange.importing import Finding
from exchange.saying import Said
from exchange.sheet_source import SheetError
from exchange.transfer_package import Package
from models import (
    Base,
    CertMode,
    Delegation,
    Intention,
    Label,
    PackageWay,
    Person,
    PersonStatus,
    ReviewRecord,
    TransferPackage,
    Unit,
)
from models.columns import columns_of
from models.kinds import mask, now
from models.validators import Invalid as BadValue
from workflow import leaving, saving
from workflow.actors import Actor
from workflow.moves import Context
from workflow.values import read_value

NOT_SUBMITTED: Final = (PersonStatus.draft.value, PersonStatus.returned.value)
KEPT_MODES: Final = (CertMode.new.label, CertMode.reapply.label)
FREE: Final = "%(n)s 名人员的VIP、工作人员标签改为专业观众：额度不随单位转移"
ANEW: Final = "%(n)s 名人员的办理方式改为重新申办：卡面印有交易团"
DECIDED: Final = "%(n)s 名人员的统付决定留在转出方，须重新确认"


@dataclass
class Arrival:
    """What a package does here: persons by what becomes of them, and what stays behind in sentences."""

    unit_name: str
    arrived: list[tuple[int, str, str]] = field(default_factory=list)  # row, name, state
    findings: list[Finding] = field(default_factory=list)
    left_behind: list[Said] = field(default_factory=list)
    files: int = 0
    unit_id: int = 0

    @property
    def bad(self) -> int:
        """How many persons cannot come."""
        return len({finding.row for finding in self.findings})


def carry_out(
    session: Session, actor: Actor, package: Package, tables: package_sheets.Tables, node: Delegation, folder: Path | None
) -> Arrival:  # fmt: skip
    """Create the unit with all that travels, put it before the first review, and note what has come."""
    unit = _unit(session, actor, tables[package_sheets.UNIT], node)
    arrival = Arrival(unit.name, unit_id=unit.id)
    for row in tables[package_sheets.INTENTIONS]:
        _create(session, actor, Intention, {**_given(row), "unit_id": str(unit.id)})
    persons: dict[str, Person] = {}
    waiting: list[int] = []
    for number, row in enumerate(tables[package_sheets.PERSONS], 2):
        person = _person(session, actor, arrival, number, row, unit)
        if person is not None:
            persons[row[package_sheets.REF]] = person
            if row[package_sheets.STATE] not in NOT_SUBMITTED:
                waiting.append(person.id)
    _pictures(session, arrival, package.pictures, {"unit": unit, **persons}, folder)
    _reviews(session, tables[package_sheets.REVIEWS], unit, persons)
    leaving.arrive(Context(session, actor, now()), unit.id, waiting)
    _left_behind(arrival, tables)
    _note(session, actor, package, arrival, unit)
    return arrival


def _given(row: Mapping[str, str]) -> dict[str, str]:
    """Return what stands under the headings that are columns, blanks left out."""
    return {key: text for key, text in row.items() if key.isascii() and text}


def _create(session: Session, actor: Actor, model: type[Base], given: Mapping[str, Any]) -> Any:
    """Create a row without which nothing comes; raise SheetError with what is wrong."""
    try:
        return saving.create(session, actor, model, given)
    except saving.Invalid as error:
        why = next(iter(error.errors.values()))
        raise SheetError(f"“{model.__label__}”不能写入：{why}") from error


def _unit(session: Session, actor: Actor, rows: Sequence[Mapping[str, str]], node: Delegation) -> Unit:
    if len(rows) != 1:
        raise SheetError("“单位.xlsx”应只有一家单位；请对方重新生成移交包")
    here = {"delegation_id": str(node.id), "referral_code": node.referral_code}
    code = rows[0]["统一社会信用代码"]
    given = {**_given(rows[0]), **here, **({"uscc": code} if code else {})}
    made: Unit = _create(session, actor, Unit, given)
    return made


def _person(
    session: Session, actor: Actor, arrival: Arrival, number: int, row: Mapping[str, str], unit: Unit
) -> Person | None:  # fmt: skip
    """Create a person as a professional visitor who applies anew; note why it cannot come."""
    held = columns_of(Person)
    mode = row["cert_mode"] if row["cert_mode"] in KEPT_MODES else CertMode.reapply.label
    given = {**_given(row), "unit_id": str(unit.id), "label": Label.PROFESSIONAL.label, "cert_mode": mode}
    agreed = {key: given.pop(key, "") for key in ("consent_at", "consent_version")}
    try:
        consent = {key: read_value(Person, held[key], text) for key, text in agreed.items()}
        person: Person = saving.create(session, actor, Person, given, consent)
    except BadValue as error:
        arrival.findings.append(Finding(number, held["consent_at"].label, "", error.message, ""))
        return None
    except saving.Invalid as error:
        for key, sentence in error.errors.items():
            column = held.get(key)
            value = mask(column.sensitivity, row.get(key, "")) if column and column.sensitivity else row.get(key, "")
            arrival.findings.append(Finding(number, column.label if column else "", value, sentence, ""))
        return None
    state = PersonStatus.draft if row[package_sheets.STATE] in NOT_SUBMITTED else PersonStatus.pending_confirm
    arrival.arrived.append((number, person.name, state.label))
    return person


def _pictures(
    session: Session, arrival: Arrival, found: Mapping[str, bytes], owners: Mapping[str, Any], folder: Path | None
) -> None:  # fmt: skip
    """Keep the pictures whose owner has come; they were written anew before (``package_pictures``)."""
    for name, content in sorted(found.items()):
        whose, kind = package_pictures.told_by(name)
        owner = owners.get(whose)
        if owner is None:
            continue
        arrival.files += 1
        if folder is not None:
            picture = pictures.stored(kind, content)
            kept = pictures.keep(session, folder, kind, owner, f"{kind.label}.jpg", picture)
            session.info.setdefault("arrived_files", []).append(kept.ref)


def _reviews(
    session: Session, rows: Sequence[Mapping[str, str]], unit: Unit, persons: Mapping[str, Person]
) -> None:  # fmt: skip
    """Write the reviews of the other side down; who reviewed there has no account here, so the opinion names him."""
    held = columns_of(ReviewRecord)
    for row in rows:
        person = persons.get(row[package_sheets.REF])
        if row[package_sheets.REF] and person is None:
            continue
        try:
            values = {key: read_value(ReviewRecord, held[key], row[key]) for key in package_sheets.REVIEWS.keys}
        except BadValue as error:
            raise SheetError(f"“{ReviewRecord.__label__}”不能写入：{error.message}") from error
        by = row[package_sheets.BY]
        values["opinion"] = f"{'转出方 ' + by + '：' if by else ''}{values['opinion'] or ''}"[:500] or None
        session.add(ReviewRecord(
            unit_id=unit.id, delegation_id=unit.delegation_id, province_id=unit.province_id,
            person_id=person.id if person else None, **values,
        ))  # fmt: skip
    session.flush()


def _left_behind(arrival: Arrival, tables: package_sheets.Tables) -> None:
    """Say what does not travel: free labels, badges to be used again, decisions on group pay."""
    persons = tables[package_sheets.PERSONS]
    free = sum(row["label"] != Label.PROFESSIONAL.label for row in persons)
    anew = sum(row["cert_mode"] not in KEPT_MODES for row in persons)
    decided = len(tables[package_sheets.DECISIONS])
    for number, sentence in ((free, FREE), (anew, ANEW), (decided, DECIDED)):
        if number:
            arrival.left_behind.append(Said(sentence, n=number))


def _note(session: Session, actor: Actor, package: Package, arrival: Arrival, unit: Unit) -> None:
    """Keep what has come and what has not, for whoever works on with the unit."""
    sender = package.manifest["from"]
    out = [Said("%(n)s 名人员没有导入", n=arrival.bad)] if arrival.bad else []
    session.add(TransferPackage(
        edition_id=unit.edition_id, way=PackageWay.received, number=package.number, unit_id=unit.id, unit_name=unit.name,
        delegation_id=unit.delegation_id, province_id=unit.province_id, other_name=sender["name"], other_code=sender["code"],
        whole=package.whole, persons=len(arrival.arrived), files=arrival.files,
        left_behind="；".join([*arrival.left_behind, *out]) or None, by_id=actor.account_id,
    ))  # fmt: skip
    session.flush()
