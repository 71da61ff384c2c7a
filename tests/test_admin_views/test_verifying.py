"""The audit trail at the desk: found by who, what, field, time and address; verified in the background; checkpoints."""

import io
import json
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from admin_views import working
from exchange import checkpoints
from models import Audit, AuditHead, Job, JobState, Role, Unit
from models.kinds import now
from tests import factories
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import Desk
from workflow import trail
from workflow.actors import acting, actor_for

PAGE = "/admin/audit-chain"


@pytest.fixture
def auditor(client, login, world):
    return Desk(client, login, world.accounts[Role.auditor])


@pytest.fixture
def unit(system, world):
    """A unit whose address and contact a clerk has changed."""
    with system() as session:
        made = factories.unit(session, world.edition, world.sub, name="福州金丝贸易有限公司")
        session.flush()
        with acting(session, actor_for(session, world.accounts[Role.sub_delegation])):
            session.get_one(Unit, made.id).address = "鼓楼区五四路9号"
            session.flush()
        return made


@pytest.fixture
def work(app, system):
    def done():
        with app.app_context():
            with system() as session:
                waiting = list(session.scalars(select(Job.ref).where(Job.state == JobState.queued).order_by(Job.id)))
            return [working.runner().run(ref) for ref in waiting]

    return done


def found(desk, query):
    return desk.get(f"/admin/audit/?{query}").words


def test_entries_are_found_by_changed_field_number_reference_time_and_address(auditor, unit):
    assert "鼓楼区五四路9号" in found(auditor, f"fields=address&object_id={unit.id}&noun=unit")
    assert "鼓楼区五四路9号" not in found(
        auditor, f"fields=contact_name&object_id={unit.id}&noun=unit&action=unit.edit"
    )
    assert "鼓楼区五四路9号" in found(auditor, f"search={unit.ref}")
    assert "鼓楼区五四路9号" not in found(auditor, "fields=address&at.to=2001-01-01")
    assert "登录" in found(auditor, "address=127.0.0.1&action=account.login")
    assert "没有“nothing”这个选项" in found(auditor, "fields=nothing")


@pytest.mark.usefixtures("unit")
def test_what_was_told_of_an_edition_lies_sealed_and_is_read_by_whoever_may(system):
    with system() as session:
        stored = session.connection().execute(text("SELECT changes FROM audit WHERE noun = 'unit'")).scalars().all()
        assert [value[0] for value in stored] == ["~"] * len(stored)
        told = session.scalars(select(Audit.changes).where(Audit.noun == "unit", Audit.action == "unit.edit")).all()
    assert [json.loads(text_)["address"][1] for text_ in told] == ["鼓楼区五四路9号"]


@pytest.mark.usefixtures("unit")
def test_a_verification_says_that_the_chain_holds(auditor, work):
    answer = auditor.post(PAGE)
    assert work() == [JobState.done]
    page = auditor.get(answer.location)

    assert "审计日志完整：共核验" in page.words
    assert "审计日志完整：共核验" in auditor.get(PAGE).words


@pytest.mark.usefixtures("unit")
def test_a_verification_names_the_first_broken_row(auditor, work, system):
    with system() as session:
        session.connection().execute(update(Audit).where(Audit.id == 3).values(actor="李四"))
        session.connection().execute(update(Audit).where(Audit.id == 5).values(actor="李四"))
    answer = auditor.post(PAGE)
    assert work() == [JobState.done]

    assert "审计日志第 3 条与校验值不符" in auditor.get(answer.location).words
    assert "不符，请立即核验" in auditor.get(PAGE).words


def _rechain(session):
    """Write the chain anew from the third entry, as somebody could who holds the keys."""
    key, connection = trail._chain_key(), session.connection()
    connection.execute(update(Audit).where(Audit.id == 3).values(actor="李四"))
    names = ", ".join((*trail.FIELDS, *trail.LATER))
    previous = ""
    for row in connection.execute(text(f"SELECT {names} FROM audit ORDER BY id")).mappings().all():
        values = dict(row)
        at = connection.scalar(select(Audit.at).where(Audit.id == row["id"]))
        made = trail.link(key, previous, {**values, "at": at})
        connection.execute(update(Audit).where(Audit.id == row["id"]).values(hash=made))
        previous = trail.end(key, made)
    connection.execute(update(AuditHead).values(hash=previous))


def _cut(session):
    """Cut the tail and close the chain before it, as somebody could who holds the keys."""
    connection = session.connection()
    last = connection.scalar(select(AuditHead.last_id)) - 2
    connection.execute(text("DELETE FROM audit WHERE id > :last"), {"last": last})
    kept = connection.scalar(select(Audit.hash).where(Audit.id == last))
    connection.execute(update(AuditHead).values(last_id=last, hash=trail.end(trail._chain_key(), kept)))


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize(("forge", "said"), [(_rechain, "此条或之前的内容被整体改写"), (_cut, "审计日志末尾被截去")])
def test_a_checkpoint_kept_elsewhere_finds_what_the_chain_alone_cannot(auditor, work, system, forge, said):
    kept = auditor.post(f"{PAGE}/checkpoints").response.data
    with system() as session:
        forge(session)
        assert trail.first_break(session) is None
    answer = auditor.post(PAGE, checkpoints=(io.BytesIO(kept), "kept.jsonl"))
    assert work() == [JobState.done]

    assert said in auditor.get(answer.location).words


@on_sqlite
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "检查点文件是空的"),
        (b"\xff\xfe\n", "检查点文件第 1 行不是本系统签发的检查点"),
        (b'{"id": 1, "at": "2026-01-01T00:00:00+00:00", "hash": "00", "signature": "AAAA"}', "第 1 行"),
        (b"[1]\n", "第 1 行"),
        (b"[" * 100_000, "第 1 行"),
        (b'{"id": 1e999, "at": "2026-01-01T00:00:00+00:00", "hash": "00", "signature": "AAAA"}', "第 1 行"),
        (b'{"id": 1, "at": "2026-01-01T00:00:00+00:00", "hash": "\\ud800", "signature": "\\ud800"}', "第 1 行"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_by_line(auditor, data, said):
    page = auditor.post(PAGE, checkpoints=(io.BytesIO(data), "x.jsonl"))
    assert page.status == 422
    assert said in page.words


@on_sqlite
@pytest.mark.usefixtures("unit")
def test_a_checkpoint_with_another_number_is_not_ours(auditor):
    line = json.loads(auditor.post(f"{PAGE}/checkpoints").response.data.splitlines()[-1])
    forged = json.dumps({**line, "id": line["id"] + 1}).encode()
    assert auditor.post(PAGE, checkpoints=(io.BytesIO(forged), "x.jsonl")).status == 422


def test_only_who_may_verify_gets_there(client, login, world):
    for role, status in (
        (Role.sub_delegation, 403),
        (Role.finance, 403),
        (Role.sysadmin, 403),
        (Role.secretariat, 200),
    ):
        client.delete_cookie("session")
        desk = Desk(client, login, world.accounts[role])
        assert desk.get(PAGE).status == status
        if status == 403:
            assert [desk.post(PAGE).status, desk.post(f"{PAGE}/checkpoints").status] == [403, 403]


@on_sqlite
@pytest.mark.usefixtures("world")
def test_the_worker_writes_a_checkpoint_an_hour(app, system):
    path = checkpoints.file_of(Path(app.instance_path))
    with app.app_context():
        working.sweep()
        working.sweep()
    with system() as session:
        assert checkpoints.difference(session, checkpoints.read(path.read_bytes())) is None
    assert len(path.read_bytes().splitlines()) == 1
    with system() as session:
        trail.note(session, "account.login", "account")
    with system() as session:
        assert checkpoints.append(session, path.parent, now()) is not None
        assert checkpoints.append(session, path.parent, now()) is None
