"""Importing a transfer package: a dry run that does everything and takes it back, then exactly that (DOMAIN §4.4).

The frame is ``importing``. What is kept until the commit is the package with its pictures written anew, closed by its
password; the password is kept sealed beside it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from exchange import importing, package_pictures, package_sheets, pictures, saying
from exchange.importing import Mode
from exchange.package_arrival import Arrival, carry_out
from exchange.sealed_file import WrongPassword, seal_archive
from exchange.sheet_source import SheetError
from exchange.transfer_package import Package, archived, reopened, unpack
from models import Delegation, Edition, ImportJob, PackageWay, TransferPackage, keyring
from models.keyring import SealBroken, SealedText
from workflow.actors import Actor, Forbidden, acting, unscoped
from workflow.answers import AnswersInvalid
from workflow.rights import allowed
from workflow.savepoint import rehearsal

NOUN: Final = "transfer_package"
_LENGTH: Final = 2  # bytes in front of the sealed password


@dataclass(frozen=True)
class Opened:
    """A package as read: its pictures are what is stored of them; ``data`` is what is kept of it."""

    filename: str
    data: bytes
    package: Package
    tables: package_sheets.Tables


@dataclass(frozen=True)
class Planned:
    """A dry run, or what was done."""

    opened: Opened
    target_id: int
    arrival: Arrival

    @property
    def filename(self) -> str:
        """The archive's name."""
        return self.opened.filename

    @property
    def data(self) -> bytes:
        """What is kept of it."""
        return self.opened.data

    @property
    def package(self) -> Package:
        """The package itself."""
        return self.opened.package

    @property
    def bad(self) -> int:
        """How many persons cannot come."""
        return self.arrival.bad

    @property
    def digest(self) -> str:
        """Name the plan."""
        told = [self.package.whole, self.target_id, self.arrival.arrived, [list(f) for f in self.arrival.findings]]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()

    @property
    def counts(self) -> dict[str, int]:
        """Persons that come and that cannot, and pictures."""
        return {"persons": len(self.arrival.arrived), "files": self.arrival.files, "bad": self.bad, "units": 1}

    def page(self) -> dict[str, Any]:
        """Return what a preview page tells, as JSON takes it."""
        findings, arrived = self.arrival.findings, self.arrival.arrived
        return {
            "counts": self.counts, "budgets": [],
            **importing.few("errors", [[finding.row, *map(saying.told, finding[1:])] for finding in findings]),
            "warnings": [("", saying.told(sentence)) for sentence in self.arrival.left_behind], "warnings_more": 0,
            **importing.few("changes", [[row, "", name, "审核状态", "", state] for row, name, state in arrived]),
        }  # fmt: skip

    def results(self, *, written: bool) -> Mapping[int, tuple[str, str]]:
        """Return nothing: an archive is not handed back."""
        return {}

    def told(self) -> dict[str, Any]:
        """Return what the trail keeps of a commit."""
        return {
            **self.counts,
            "number": self.package.number,
            "whole": self.package.whole,
            "unit": self.arrival.unit_name,
        }


def may(actor: Actor) -> bool:
    """Whether the actor takes packages in."""
    return allowed(actor, "import", NOUN)


def read(actor: Actor, data: bytes, filename: str, password: str) -> Opened:
    """Open a package, check all that is in it and write its pictures anew; the database is not asked.

    Raises Forbidden, SheetError, and AnswersInvalid for the password.
    """
    if not may(actor):
        raise Forbidden(f"import {NOUN}")
    try:
        package = unpack(data, password)
    except WrongPassword as wrong:
        raise AnswersInvalid({"password": str(wrong)}) from wrong
    tables = package_sheets.read_all(package.files)
    clean = package_pictures.clean(package, (row[package_sheets.REF] for row in tables[package_sheets.PERSONS]))
    kept = seal_archive(archived(clean), password) if clean is not package else data
    return Opened(filename, _kept(actor, kept, password), clean, tables)


def plan(session: Session, actor: Actor, opened: Opened, target_id: int | None) -> Planned:
    """Say what a package would do at a node: do it and take it back. The session must be one that may write.

    Raises SheetError, and AnswersInvalid for the node.
    """
    with acting(session, actor), rehearsal(session):
        return _carried_out(session, actor, opened, target_id, None)


def again(session: Session, actor: Actor, job: ImportJob) -> Planned:
    """Say what a kept package would do now."""
    return plan(session, actor, _opened(actor, job), job.target_id)


def commit(session: Session, actor: Actor, ref: str, mode: Mode, folder: Path) -> Planned:
    """Do what was shown, pictures into ``folder`` included; see ``importing.commit``. The caller commits.

    Pictures that were written are named in ``session.info`` until then: ``forget_pictures`` removes them again.
    """

    def write(job: ImportJob) -> Planned:
        return _carried_out(session, actor, _opened(actor, job), job.target_id, folder)

    try:
        return importing.commit(session, actor, NOUN, ref, mode, write)
    except BaseException:
        forget_pictures(session, folder)
        raise


def forget_pictures(session: Session, folder: Path) -> None:
    """Remove the pictures of an import that was not committed."""
    for ref in session.info.pop("arrived_files", []):
        pictures.forget(folder, ref)


def _place(actor: Actor) -> str:
    return f"import_job.{NOUN}:{actor.account_id}"


def _kept(actor: Actor, data: bytes, password: str) -> bytes:
    """Return the upload as it is kept: the sealed password and the archive as it came."""
    sealed = keyring.current().seal(password, _place(actor)).blob
    return len(sealed).to_bytes(_LENGTH, "big") + sealed + data


def _opened(actor: Actor, job: ImportJob) -> Opened:
    """Return what was read before; raise SheetError when it was tampered with."""
    end = _LENGTH + int.from_bytes(job.content[:_LENGTH], "big")
    try:
        password = keyring.current().open(SealedText(job.content[_LENGTH:end]), _place(actor))
    except SealBroken as error:
        raise SheetError("移交包已损坏或不完整；请重新取得文件后再上传") from error
    package = reopened(job.content[end:], password)
    return Opened(job.filename, job.content, package, package_sheets.read_all(package.files))


def _carried_out(
    session: Session, actor: Actor, opened: Opened, target_id: int | None, folder: Path | None
) -> Planned:  # fmt: skip
    node = _target(session, target_id)
    _refuse(session, actor, opened.package)
    arrival = carry_out(session, actor, opened.package, opened.tables, node, folder)
    return Planned(opened, node.id, arrival)


def _target(session: Session, target_id: int | None) -> Delegation:
    """Return the node that takes the unit in; raise AnswersInvalid for one that is not the actor's."""
    node = session.scalar(select(Delegation).where(Delegation.id == target_id))
    if node is None:
        raise AnswersInvalid({"target_id": "请选择接收的交易团/分团"})
    return node


def _refuse(session: Session, actor: Actor, package: Package) -> None:
    """Refuse a package of another edition, for somebody else, or that has come before."""
    told = package.manifest
    edition = session.get_one(Edition, actor.edition_id)
    if told["edition"] != edition.code:
        raise SheetError(f"移交包属于届次“{told['edition']}”，本系统当前届次为“{edition.code}”，不能导入")
    own = or_(Delegation.id == actor.province_id, Delegation.province_id == actor.province_id)
    with unscoped(session):
        codes = set(session.scalars(select(Delegation.referral_code).where(own)))
        earlier = select(TransferPackage.at).where(
            TransferPackage.edition_id == edition.id, TransferPackage.way == PackageWay.received,
            TransferPackage.number == package.number,
        )  # fmt: skip
        came = session.scalar(earlier)
    if told["to"]["code"] not in codes:
        raise SheetError(f"移交包是给“{told['to']['name']}”（推荐码 {told['to']['code']}）的，不能在本交易团导入")
    if came is not None:
        raise SheetError(f"移交包 {package.number} 已导入过，不能重复导入")


__all__ = ["NOUN", "Opened", "Planned", "again", "commit", "forget_pictures", "may", "plan", "read"]
