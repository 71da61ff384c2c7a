"""A unit leaves in a package and arrives at another province: what travels, what does not, and every package refused."""

import io
import json
import random
from datetime import timedelta

import pytest
import pyzipper
from PIL import Image
from sqlalchemy import delete, select

from exchange import importing, package_import, pictures, read_child, reading, transfer_package
from exchange import package_sheets as sheets
from exchange.cells import HeaderCell
from exchange.importing import Refused
from exchange.sealed_file import new_password, seal_archive
from exchange.sheet_source import Limits, SheetError
from exchange.xlsx_writer import stream_xlsx
from models import (
    Account,
    Attachment,
    AttachmentKind,
    Certificate,
    CertificateStatus,
    CertMode,
    Edition,
    GroupPayEntry,
    Intention,
    Label,
    PackageWay,
    PaymentStatus,
    Person,
    PersonStatus,
    QuotaAllocation,
    ReviewRecord,
    ReviewStep,
    Role,
    TransferPackage,
    TransferRequest,
    TransferStatus,
    Unit,
    UnitStatus,
)
from models.kinds import now, opened
from tests import factories
from tests.conftest import on_sqlite
from tests.test_workflow import _cast
from workflow import books, engine, saving
from workflow.actors import SYSTEM, Forbidden, acting, actor_for
from workflow.answers import AnswersInvalid
from workflow.sessions import writing_sets

U, P = UnitStatus, PersonStatus
PASSWORD = "ABCDE-FGHJK-LMNPQ-RSTUV"


@pytest.fixture(autouse=True)
def _in_place(monkeypatch):
    """Read tables in this process: the confined child has tests of its own."""
    monkeypatch.setattr(reading, "_in_child", read_child.parse)


@pytest.fixture(autouse=True)
def _clean_books(session):
    yield
    session.rollback()
    assert books.check(session) == []


@pytest.fixture
def desk(session, world):
    return actor_for(session, world.accounts[Role.secretariat])


@pytest.fixture
def clerk(session, world):
    return actor_for(session, world.accounts[Role.sub_delegation])


@pytest.fixture
def there(session, world):
    """Return the secretariat of the other province."""
    made = _cast.clerk_of(session, world.other_province, Role.secretariat)
    session.commit()
    return made


@pytest.fixture
def folders(tmp_path):
    return tmp_path / "here", tmp_path / "there"


def drawn(session, folder, kind, owner, size=(358, 441)):
    """Put a real picture on file."""
    out = io.BytesIO()
    noise = random.Random(size[0]).randbytes(size[0] * size[1] * 3)
    Image.frombytes("RGB", size, noise).save(out, "JPEG", quality=40)
    return pictures.keep(session, folder, kind, owner, "图.jpg", pictures.check(kind, out.getvalue(), kept=True))


@pytest.fixture
def unit(session, world, clerk, folders):
    """Return an approved unit with persons of every sort, a licence, a portrait, a review."""
    made = factories.unit(session, world.edition, world.sub, review_status=U.approved, remark="=1+1 龘")
    factories.intention(session, made)
    drawn(session, folders[0], AttachmentKind.LICENCE, made, (600, 400))
    factories.saved(session, ReviewRecord(
        **factories.owner(made), step=ReviewStep.first_review, action="初审通过并提报", by_id=clerk.account_id
    ))  # fmt: skip
    factories.allocation(session, made, Label.VIP, allotted=5, used=2)
    _cast.ready_person(session, made, P.approved, label=Label.VIP, name="欧阳娜娜", payment_status=PaymentStatus.unpaid)
    reused = {"cert_mode": CertMode.reuse, "old_card_no": "70001", "old_edition": "6"}
    _cast.ready_person(session, made, P.pending_confirm, name="复用者", **reused)
    _cast.ready_person(session, made, P.draft, label=Label.VIP, name="草稿者")
    _cast.ready_person(session, made, P.rejected, name="未通过者")
    paid = _cast.ready_person(session, made, P.pending_confirm, name="代付者")
    with writing_sets(session):
        session.execute(delete(Attachment).where(Attachment.person_id.is_not(None)))
    drawn(session, folders[0], AttachmentKind.PHOTO, paid)
    session.commit()
    _cast.done(session, clerk, "person", "confirm_group_pay", paid.id)
    return made


def handed_over(session, world, clerk, desk, unit, to=None):
    """Let the unit leave for a province; return the request."""
    to = to or world.other_province
    asked = {"outside_name": to.name, "outside_code": to.referral_code, "reason": "总部迁往外省"}
    _cast.done(session, clerk, "unit", "request_leaving", unit.id, asked)
    number = _cast.values(session, TransferRequest, "id")[-1]
    _cast.done(session, desk, "transfer_request", "hand_over", number, {"answer": "同意转出"})
    with acting(session, SYSTEM):
        return session.get_one(TransferRequest, number)


@pytest.fixture
def package(session, world, clerk, desk, unit, folders):
    """Return the package of the unit, not yet sealed."""
    request = handed_over(session, world, clerk, desk, unit)
    with acting(session, desk):
        return transfer_package.pack(session, request, folders[0])


def sealed(package, **changed):
    """Return the archive; ``changed`` replaces files by name, None takes one out."""
    files = {**transfer_package.archived(package), **{name: content for name, content in changed.items() if content}}
    return seal_archive({name: files[name] for name in files if changed.get(name, b"x") is not None}, PASSWORD)


def remade(package, **files):
    """Return the package with other files and a manifest that fits them."""
    held = {**package.files, **files}
    hashes = {
        name: {"sha256": transfer_package._hash(content), "bytes": len(content)} for name, content in held.items()
    }
    manifest = {**package.manifest, "files": hashes, "whole": transfer_package.whole_of(hashes)}
    return transfer_package.Package(manifest, held)


def plan(session, actor, data, node, password=PASSWORD):
    opened = package_import.read(actor, data, "移交包.zip", password)
    return package_import.plan(session, actor, opened, node.id)


def arrived(session, actor, data, node, folder, mode="all"):
    """Take a package in, from upload to commit."""
    with acting(session, actor):
        job = importing.keep(session, actor, package_import.NOUN, plan(session, actor, data, node))
        session.commit()
        done = package_import.commit(session, actor, job.ref, mode, folder)
        session.commit()
    return done


def counted(session):
    return {
        model.__tablename__: len(_cast.values(session, model, "id"))
        for model in (Unit, Person, Attachment, TransferPackage)
    }


# --- leaving -----------------------------------------------------------------------------------------------------


def test_a_unit_that_left_is_closed_its_code_and_quota_are_free_and_the_payer_keeps_what_it_paid(
    session, world, clerk, desk, unit
):
    old = unit.uscc
    login = factories.account(session, world.sub, Role.unit, username=str(old).lower())
    session.commit()
    request = handed_over(session, world, clerk, desk, unit)

    assert request.status is TransferStatus.handed_over
    with acting(session, SYSTEM):
        row = session.scalars(select(Unit).execution_options(populate_existing=True)).one()
        assert (row.review_status, row.uscc, row.former_uscc) == (U.transferred_out, None, old)
        assert session.get_one(Account, login.id).is_active is False
    states = dict(_cast.values(session, Person, "name", "review_status"))
    assert states.pop("未通过者") is P.rejected
    assert set(states.values()) == {P.transferred_out}
    assert _cast.values(session, QuotaAllocation, "id") == []
    assert _cast.values(session, GroupPayEntry, "amount") == [20000]
    for actor in (clerk, desk):
        with acting(session, actor):
            mine = session.get_one(Unit, unit.id)
            with pytest.raises(saving.Invalid, match="已转出的单位不能修改"):
                saving.edit(session, actor, mine, {"city": "厦门市"}, mine.row_version)
            with pytest.raises(saving.Invalid, match="已转出"):
                saving.create(session, actor, Intention, {"unit_id": str(unit.id), "zone": "FOOD", "product": "咖啡"})
        session.rollback()
        said = engine.open_moves(session, actor, "unit", [unit.id])[unit.id]
        assert [name for name, reason in said.items() if reason is None] == []


@pytest.mark.parametrize("status", [CertificateStatus.queued, CertificateStatus.making, CertificateStatus.made])
def test_a_unit_with_a_live_card_cannot_be_handed_over(session, world, clerk, desk, status):
    unit = _cast.ready_unit(session, world, world.sub, review_status=U.approved)
    request = _cast.request_outside(session, unit)
    holder = _cast.ready_person(session, unit, P.approved, payment_status=PaymentStatus.paid)
    with acting(session, SYSTEM):
        _cast.put(
            session.scalars(select(Certificate).where(Certificate.person_id == holder.id)).one(),
            status=status,
            card_no="80000001" if status in (CertificateStatus.making, CertificateStatus.made) else None,
        )
    session.commit()
    asked = {"outside_name": "浙江省交易团", "outside_code": "q3301001", "reason": ""}
    batch = _cast.run(session, clerk, "unit", "request_leaving", unit.id, asked)
    assert _cast.refusals(session, batch) == ["card_alive"]
    batch = _cast.run(session, desk, "transfer_request", "hand_over", request.id, {})
    assert _cast.refusals(session, batch) == ["card_alive"]


def test_only_the_secretariat_hands_over_or_declines_and_nobody_accepts_for_the_outside(
    session, world, clerk, desk, there
):
    unit = _cast.ready_unit(session, world, world.sub)
    request = _cast.request_outside(session, unit)
    session.commit()
    with pytest.raises(Forbidden):
        _cast.run(session, clerk, "transfer_request", "hand_over", request.id, {})
    for actor, move in ((clerk, "decline"), (clerk, "accept"), (desk, "accept")):
        batch = _cast.run(session, actor, "transfer_request", move, request.id, {"answer": "材料不全，暂不转出"})
        assert _cast.refusals(session, batch) == ["not_target"]
    with pytest.raises(engine.ForeignRows):
        _cast.run(session, there, "transfer_request", "hand_over", request.id, {})
    session.rollback()
    _cast.done(session, desk, "transfer_request", "decline", request.id, {"answer": "材料不全，暂不转出"})


# --- arriving ----------------------------------------------------------------------------------------------------


def test_what_left_arrives_for_the_first_review_with_labels_fallen_and_pictures_in_place(
    session, world, there, package, folders, unit
):
    old = dict(_cast.values(session, Person, "name", "id_no_index"))
    done = arrived(session, there, sealed(package), world.foreign_sub, folders[1])

    assert done.counts == {"persons": 4, "files": 2, "bad": 0, "units": 1}
    with acting(session, there):
        came = session.scalars(select(Unit).where(Unit.review_status == U.pending_first)).one()
        with acting(session, SYSTEM):
            left = session.get_one(Unit, unit.id)
        assert (came.uscc, came.name, came.remark) == (left.former_uscc, left.name, left.remark)
        assert (came.delegation_id, came.referral_code) == (world.foreign_sub.id, world.foreign_sub.referral_code)
        assert opened(came, "contact_mobile") == opened(left, "contact_mobile")
        persons = {person.name: person for person in session.scalars(select(Person).where(Person.unit_id == came.id))}
        assert {name: person.review_status for name, person in persons.items()} == {
            "欧阳娜娜": P.pending_confirm, "复用者": P.pending_confirm, "草稿者": P.draft, "代付者": P.pending_confirm,
        }  # fmt: skip
        assert {person.label for person in persons.values()} == {Label.PROFESSIONAL}
        assert {person.payment_status for person in persons.values()} == {PaymentStatus.undecided}
        assert persons["复用者"].cert_mode is CertMode.reapply
        assert persons["复用者"].old_card_no == "70001"
        assert {name: person.id_no_index for name, person in persons.items()} == {name: old[name] for name in persons}
        assert all(person.consent_at for person in persons.values())
        assert session.scalars(select(Intention.product).where(Intention.unit_id == came.id)).all() == ["咖啡豆"]
        review = session.scalars(select(ReviewRecord).where(ReviewRecord.unit_id == came.id)).one()
        assert (review.action, review.by_id) == ("初审通过并提报", None)
        assert review.opinion.startswith("转出方 张")
        kept = session.scalars(select(Attachment).where(Attachment.unit_id == came.id)).all()
        assert {row.kind for row in kept} == {AttachmentKind.LICENCE, AttachmentKind.PHOTO}
        assert all(pictures.path_of(folders[1], row.ref).is_file() for row in kept)
        told = session.scalars(select(TransferPackage)).one()
        assert (told.way, told.number, told.whole, told.persons) == (
            PackageWay.received, package.number, package.whole, 4,
        )  # fmt: skip
        assert told.left_behind == (
            "2 名人员的VIP、工作人员标签改为专业观众：额度不随单位转移；1 名人员的办理方式改为重新申办：卡面印有交易团；"
            "2 名人员的统付决定留在转出方，须重新确认"
        )


def test_the_dry_run_leaves_nothing_behind(session, world, there, package, folders):
    before = counted(session)
    with acting(session, there):
        planned = plan(session, there, sealed(package), world.foreign_sub)
        session.commit()
    assert counted(session) == before
    assert not folders[1].exists()
    assert [sentence for _row, sentence in planned.page()["warnings"]] != []


def test_the_same_package_comes_once_from_whatever_copy(session, world, there, package, folders):
    data = sealed(package)
    arrived(session, there, data, world.foreign_sub, folders[1])
    for copy in (data, sealed(remade(package, **{"采购意向.xlsx": sheets.written(sheets.INTENTIONS, [])}))):
        with acting(session, there), pytest.raises(SheetError, match="已导入过，不能重复导入"):
            plan(session, there, copy, world.foreign_sub)


def test_a_person_who_is_registered_here_already_is_left_out_or_nobody_comes(session, world, there, package, folders):
    with acting(session, SYSTEM):
        number = opened(session.scalars(select(Person).where(Person.name == "草稿者")).one(), "id_no")
        home = _cast.ready_unit(session, world, world.foreign_sub)
        _cast.ready_person(session, home, P.draft, id_no=number)
        session.commit()
    with acting(session, there):
        planned = plan(session, there, sealed(package), world.foreign_sub)
        session.commit()
    [finding] = planned.arrival.findings
    assert (finding.row, finding.column, finding.rule[:11]) == (4, "证件号码", "该证件号码已由其他单位")
    assert number not in json.dumps(planned.page(), ensure_ascii=False, default=str)
    with pytest.raises(Refused, match="未写入任何数据"):
        arrived(session, there, sealed(package), world.foreign_sub, folders[1])
    session.rollback()
    assert [path for path in folders[1].rglob("*") if path.is_file()] == []
    done = arrived(session, there, sealed(package), world.foreign_sub, folders[1], "good")
    assert (len(done.arrival.arrived), done.bad) == (3, 1)
    assert _cast.values(session, TransferPackage, "left_behind")[0].endswith("1 名人员没有导入")


@pytest.mark.parametrize("role", [Role.sub_delegation, Role.auditor, Role.sysadmin])
def test_nobody_but_a_secretariat_takes_packages_in(session, world, package, role):
    actor = _cast.clerk_of(session, world.other_province, role)
    session.commit()
    with pytest.raises(Forbidden):
        plan(session, actor, sealed(package), world.foreign_sub)


def test_a_node_of_another_province_takes_nothing_in(session, world, there, package):
    with acting(session, there), pytest.raises(AnswersInvalid) as wrong:
        plan(session, there, sealed(package), world.sub)
    assert wrong.value.errors == {"target_id": "请选择接收的交易团/分团"}


def test_a_package_for_somebody_else_is_refused_by_name(session, world, desk, package):
    with acting(session, desk), pytest.raises(SheetError, match=f"是给“{world.other_province.name}”"):
        plan(session, desk, sealed(package), world.sub)


def test_a_package_of_another_edition_is_refused(session, world, there, package):
    with acting(session, SYSTEM):
        session.get_one(Edition, world.edition.id).code = "E99"
        session.commit()
    with acting(session, there), pytest.raises(SheetError, match="不能导入"):
        plan(session, there, sealed(package), world.foreign_sub)


def test_a_code_that_is_registered_here_is_refused(session, world, there, package, unit):
    with acting(session, SYSTEM):
        code = session.scalars(select(Unit.former_uscc).where(Unit.id == unit.id)).one()
        factories.unit(session, world.edition, world.foreign_sub, uscc=code)
        session.commit()
    with acting(session, there), pytest.raises(SheetError, match="“单位”不能写入：该统一社会信用代码在本届已登记"):
        plan(session, there, sealed(package), world.foreign_sub)


# --- bad packages ------------------------------------------------------------------------------------------------


def manifest_with(package, change):
    told = json.loads(json.dumps(package.manifest))
    change(told)
    return sealed(package, **{"manifest.json": json.dumps(told).encode()})


def edited_hash(package):
    return manifest_with(package, lambda told: told["files"]["人员.xlsx"].update(sha256="0" * 64))


def edited_whole(package):
    return manifest_with(package, lambda told: told.update(whole="0" * 64))


def rows(number):
    header = [HeaderCell(title) for title in sheets.PERSONS.header]
    return b"".join(stream_xlsx(header, ([""] * (len(header) - 1) + ["x"] for _ in range(number))))


def bomb(package):
    return sealed(package, **{"files/unit-LICENCE-9.jpg": bytes(40 << 20)})


def plain(package):
    out = io.BytesIO(sealed(package))
    with pyzipper.AESZipFile(out, "a") as archive:
        archive.writestr("plain.txt", b"x")
    return out.getvalue()


def sealed_of(package, name):
    return sealed(package, **{name: b"x"})


_FORMER = "移交包不是本系统生成的，或版本不同"
BAD = {
    "an edited hash": (edited_hash, "文件“人员.xlsx”与清单的校验值不符"),
    "an edited whole": (edited_whole, "清单的总校验值不符"),
    "an edited file": (lambda package: sealed(package, **{"单位.xlsx": b"x"}), "文件“单位.xlsx”与清单的校验值不符"),
    "a missing file": (lambda package: sealed(package, **{"统付决定.xlsx": None}), "缺少文件“统付决定.xlsx”"),
    "an extra file": (lambda package: sealed_of(package, "files/unit-LICENCE-9.jpg"), "多出清单没有的文件“files/unit-LICENCE-9.jpg”"),
    "no manifest": (lambda package: sealed(package, **{"manifest.json": None}), "移交包不是本系统生成的"),
    "a manifest that is none": (lambda package: sealed(package, **{"manifest.json": b"[1]"}), "移交包不是本系统生成的"),
    "a later version": (lambda package: manifest_with(package, lambda told: told.update(version=2)), "或版本不同"),
    "a number that is none": (lambda package: manifest_with(package, lambda told: told.update(number="A" * 11)), _FORMER),
    "a number with a NUL": (lambda package: manifest_with(package, lambda told: told.update(number="ABCDEFGH2\0")), _FORMER),
    "a number that is a number": (lambda package: manifest_with(package, lambda told: told.update(number=2345678923)), _FORMER),
    "a sender's code with a NUL": (lambda package: manifest_with(package, lambda told: told["from"].update(code="Q\0")), _FORMER),
    "a code that is a list": (lambda package: manifest_with(package, lambda told: told["to"].update(code=["Q2021391"])), _FORMER),
    "half a character in a name": (lambda package: manifest_with(package, lambda told: told["from"].update(name="\ud800")), _FORMER),
    "half a character in a file's name": (
        lambda package: manifest_with(package, lambda told: told["files"].update({"\ud800": {"sha256": "0" * 64}})), _FORMER,
    ),
    "an edition with a NUL": (lambda package: manifest_with(package, lambda told: told.update(edition="9\0")), _FORMER),
    "a path that leads out": (lambda package: sealed_of(package, "../evil.xlsx"), "文件名不合法"),
    "an absolute path": (lambda package: sealed_of(package, "/etc/evil"), "文件名不合法"),
    "a bomb": (bomb, "压缩比异常"),
    "a file without a password": (plain, "有未加密的文件"),
    "half a file": (lambda package: sealed(package)[:-40], "已损坏或不完整"),
    "the first half": (lambda package: sealed(package)[:2000], "已损坏或不完整"),
    "no archive": (lambda _package: b"hello", "文件不是移交包"),
    "a picture that is none": (
        lambda package: sealed(remade(package, **{"files/unit-LICENCE-9.jpg": b"x"})), "“files/unit-LICENCE-9.jpg”不能使用",
    ),
    "a file of no kind": (lambda package: sealed(remade(package, **{"files/run.exe": b"x"})), "不是单位或人员的图片"),
    "a table without a column": (
        lambda package: sealed(remade(package, **{"人员.xlsx": b"".join(stream_xlsx([HeaderCell("姓名")], [["甲"]]))})),
        "“人员.xlsx”缺少列",
    ),
    "two units": (
        lambda package: sealed(remade(package, **{"单位.xlsx": b"".join(
            stream_xlsx([HeaderCell(title) for title in sheets.UNIT.header], [["x"] * len(sheets.UNIT.header)] * 2)
        )})),
        "应只有一家单位",
    ),
}  # fmt: skip


@on_sqlite
@pytest.mark.parametrize("name", BAD)
def test_a_bad_package_is_refused_in_words_and_nothing_is_written(session, world, there, package, name):
    make, sentence = BAD[name]
    before = counted(session)
    with acting(session, there), pytest.raises(SheetError, match=sentence):
        plan(session, there, make(package), world.foreign_sub)
    session.rollback()
    assert counted(session) == before


@on_sqlite
def test_more_rows_than_a_table_may_have_are_refused(session, world, there, package, monkeypatch):
    monkeypatch.setattr(sheets, "LIMITS", Limits(rows=10))
    with acting(session, there), pytest.raises(SheetError, match="数据超过 10 行"):
        plan(session, there, sealed(remade(package, **{"人员.xlsx": rows(11)})), world.foreign_sub)


@on_sqlite
def test_a_wrong_password_is_told_at_its_field(session, world, there, package):
    for password in ("WRONG", "", PASSWORD.lower()):
        with acting(session, there), pytest.raises(AnswersInvalid) as wrong:
            plan(session, there, sealed(package), world.foreign_sub, password)
        assert wrong.value.errors == {"password": "密码不正确；请核对后重新选择文件并上传"}


@on_sqlite
def test_the_password_and_the_numbers_lie_nowhere_in_the_clear(session, world, there, package):
    with acting(session, SYSTEM):
        number = opened(session.scalars(select(Person).where(Person.name == "代付者")).one(), "id_no")
    with acting(session, there):
        job = importing.keep(
            session, there, package_import.NOUN, plan(session, there, sealed(package), world.foreign_sub)
        )
        session.commit()
        assert PASSWORD.encode() not in job.content
        assert number.encode() not in job.content
        assert number not in job.shown
    assert len({new_password() for _ in range(50)}) == 50


@on_sqlite
def test_a_million_and_one_rows_are_refused_before_they_are_read(session, world, there, package):
    with acting(session, there), pytest.raises(SheetError, match=r"数据超过 100000 行|展开后超过|压缩比"):
        plan(session, there, sealed(remade(package, **{"人员.xlsx": rows(1_000_001)})), world.foreign_sub)


def test_what_left_may_come_back_by_a_package_of_its_own(session, world, desk, there, package, folders):
    arrived(session, there, sealed(package), world.foreign_sub, folders[1])
    with acting(session, SYSTEM):
        came = session.scalars(select(Unit).where(Unit.review_status == U.pending_first)).one()
    request = handed_over(session, world, there, there, came, world.province)
    with acting(session, there):
        back = transfer_package.pack(session, request, folders[1])
    done = arrived(session, desk, sealed(back), world.sub, folders[0])
    assert (len(done.arrival.arrived), done.bad) == (4, 0)
    assert now() - timedelta(minutes=5) < _cast.values(session, TransferPackage, "at")[-1]
