"""The review desk's pages without scripts: handing over, deciding, what stands in the way, what only its owner may."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from exchange.pictures import path_of
from models import AttachmentKind, Audit, CannedOpinion, Claim, PersonStatus, ReviewRecord, Role, Unit, UnitStatus
from models.kinds import now
from tests import factories
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import OPINION, PENDING, Desk, statements
from tests.test_workflow import _cast
from workflow import engine
from workflow.actors import acting, actor_for

pytestmark = on_sqlite
QUEUE = "/admin/review/unit/"


@pytest.fixture
def waiting(system, world):
    """Let three units wait, the longest first."""
    with system() as session:
        made = [
            _cast.ready_unit(
                session, world, world.sub, name=f"福州{name}有限公司", review_status=PENDING, round=1,
                state_since=now() - timedelta(days=days),
            )
            for name, days in (("甲", 9), ("乙", 5), ("丙", 1))
        ]  # fmt: skip
        return [unit.id for unit in made]


def start(desk, **fields):
    """Press the button that begins; return the page of the row handed over, which knows its own ``address``."""
    return follow(desk, desk.post(f"{QUEUE}next", way="next", **fields))


def follow(desk, answer):
    assert answer.status == 303, answer.words
    page = desk.get(answer.location)
    page.address = answer.location
    return page


def decide(desk, page, move, **fields):
    """Press a decision's button on the page."""
    given = {"row_version": page.fields["row_version"], "move": move, **fields}
    answer = desk.post(page.address, **given)
    return follow(desk, answer) if answer.status == 303 else answer


def stored(system, row_id, *columns):
    with system() as session:
        return tuple(session.execute(select(*columns).where(Unit.id == row_id)).one())


def claimed(system):
    with system() as session:
        return list(session.scalars(select(Claim.object_id).order_by(Claim.object_id)))


def test_a_row_is_handed_over_decided_and_followed_by_the_next(desk, system, waiting):
    assert "开始审核（3）" in desk.get(QUEUE).words
    page = start(desk)
    assert (page.address, claimed(system)) == (f"{QUEUE}{waiting[0]}", waiting[:1])
    page = decide(desk, page, "pass_first_review")
    assert page.address == f"{QUEUE}{waiting[1]}"
    assert "“福州甲有限公司”：初审通过并提报" in page.words
    assert "待办 2" in page.words
    assert claimed(system) == waiting[1:2]
    assert stored(system, waiting[0], Unit.review_status) == (UnitStatus.pending_second,)
    page = decide(desk, page, "return_for_edit", opinion=OPINION)
    page = decide(desk, page, "pass_first_review")
    assert "队列已办完" in page.words
    with system() as session:
        actions = list(session.scalars(select(Audit.action).where(Audit.noun == "unit").order_by(Audit.id)))
        said = list(session.scalars(select(ReviewRecord.opinion).order_by(ReviewRecord.id)))
    assert actions[-3:] == ["unit.pass_first_review", "unit.return_for_edit", "unit.pass_first_review"]
    assert said == [None, OPINION, None]


def test_ticked_sentences_are_the_opinion_where_nothing_has_put_them_there(desk, system, waiting):
    page = start(desk)
    sentences = ["照片不清晰，请重新上传", "地址不完整，请补充"]
    decide(desk, page, "return_for_edit", opinion="另外：", sentence=sentences)
    assert stored(system, waiting[0], Unit.opinion) == ("另外：；照片不清晰，请重新上传；地址不完整，请补充",)
    page = start(desk)
    decide(desk, page, "return_for_edit", opinion=OPINION, sentence=sentences, composed="1")
    assert stored(system, waiting[1], Unit.opinion) == (OPINION,)


def test_a_decision_keeps_to_the_rules_of_its_move(desk, system, waiting):
    page = start(desk)
    short = decide(desk, page, "return_for_edit", opinion="短")
    assert (short.status, short.fields["opinion"]) == (422, "短")
    assert "“审核意见”须为 5 至 500 个字" in short.words
    for typed in ("", "福州乙有限公司"):
        wrong = decide(desk, page, "reject", opinion=OPINION, confirm_typed=typed)
        assert (wrong.status, "请输入“福州甲有限公司”以确认" in wrong.words) == (422, True)
    assert stored(system, waiting[0], Unit.review_status) == (PENDING,)
    decide(desk, page, "reject", opinion=OPINION, confirm_typed=" 福州甲有限公司")
    assert stored(system, waiting[0], Unit.review_status) == (UnitStatus.rejected,)


def test_what_changed_since_it_was_opened_is_not_decided_unseen(desk, system, waiting):
    page = start(desk)
    with system() as session:
        unit = session.get_one(Unit, waiting[0])
        unit.address, unit.row_version = "新址9号", unit.row_version + 1
    stale = decide(desk, page, "pass_first_review")
    assert stale.status == 409
    assert "资料在您打开之后已有变动" in stale.words
    assert "新址9号" in stale.words
    assert stored(system, waiting[0], Unit.review_status) == (PENDING,)
    stale.address = page.address
    decide(desk, stale, "pass_first_review")
    assert stored(system, waiting[0], Unit.review_status) == (UnitStatus.pending_second,)


def test_what_somebody_else_decided_meanwhile_is_told_and_passed_by(desk, system, world, waiting):
    page = start(desk)
    with system() as session:
        colleague = factories.account(session, world.sub, name="同事")
        actor = actor_for(session, colleague)
        with acting(session, actor):
            engine.run(session, actor, "unit", "pass_first_review", [waiting[0]])
    said = "已由 同事 办理：初审通过并提报"
    assert said in desk.get(page.address).words
    assert desk.post(f"{page.address}/hold").response.get_json() == {"held": False, "said": said}
    page = decide(desk, page, "return_for_edit", opinion=OPINION)
    assert page.address == f"{QUEUE}{waiting[1]}"
    assert f"“福州甲有限公司”：{said}" in page.words


def test_a_row_in_other_hands_is_not_handed_over_and_says_whose_it_is(desk, system, world, waiting):
    with system() as session:
        colleague = factories.account(session, world.sub, name="同事")
        until = now() + timedelta(minutes=5)
        session.add(Claim(noun="unit", object_id=waiting[0], account_id=colleague.id, until=until))
    assert "同事 正在审核" in desk.get(QUEUE).words
    assert start(desk).address == f"{QUEUE}{waiting[1]}"
    assert "同事 正在审核" in desk.get(f"{QUEUE}{waiting[0]}").words
    told = desk.post(f"{QUEUE}{waiting[0]}/hold").response.get_json()
    assert told == {"held": False, "said": "同事 正在审核"}


def test_skipping_going_back_and_leaving(desk, system, waiting):
    page = start(desk)
    page = follow(desk, desk.post(f"{QUEUE}next", **{"way": "skip", "from": waiting[0]}))
    assert page.address == f"{QUEUE}{waiting[1]}"
    page = follow(desk, desk.post(f"{QUEUE}next", **{"way": "next", "from": waiting[1]}))
    assert page.address == f"{QUEUE}{waiting[2]}"
    page = follow(desk, desk.post(f"{QUEUE}next", **{"way": "previous", "from": waiting[2]}))
    assert page.address == f"{QUEUE}{waiting[1]}"
    for unit in (waiting[1], waiting[2]):
        page = decide(desk, page, "pass_first_review")
        assert unit not in claimed(system)
    assert page.address == f"{QUEUE}{waiting[0]}"
    assert desk.post(f"{QUEUE}leave").status == 303
    assert claimed(system) == []


def test_the_one_ahead_is_claimed_and_is_the_one_that_comes(desk, system, waiting):
    page = start(desk)
    ahead = desk.post(f"{QUEUE}next", **{"way": "ahead", "from": waiting[0]})
    assert ahead.location == f"{QUEUE}{waiting[1]}"
    assert claimed(system) == waiting[:2]
    assert decide(desk, page, "pass_first_review").address == ahead.location


def test_only_the_last_revocable_decision_is_undone_by_who_made_it(desk, system, waiting):
    page = start(desk)
    assert desk.post(f"{page.address}/undo").status == 404
    decide(desk, page, "pass_first_review")
    page = follow(desk, desk.post(f"{QUEUE}{waiting[0]}/undo"))
    assert (page.address, "已撤销“福州甲有限公司”" in page.words) == (f"{QUEUE}{waiting[0]}", True)
    assert stored(system, waiting[0], Unit.review_status) == (PENDING,)
    decide(desk, page, "reject", opinion=OPINION, confirm_typed="福州甲有限公司")
    assert desk.post(f"{QUEUE}{waiting[0]}/undo").status == 404


def test_the_filters_go_along(desk, waiting):
    assert "开始审核（2）" in desk.get(f"{QUEUE}?days=3").words
    listed = desk.get("/admin/unit/?category=ENTERPRISE&name.contains=乙")
    queue = desk.get(listed.links["在工作台审核"])
    assert "开始审核（1）" in queue.words
    assert "单位名称 包含 乙" in queue.words
    page = follow(desk, desk.post(queue.buttons["开始审核（1）"], way="next"))
    assert page.address.startswith(f"{QUEUE}{waiting[1]}?category=ENTERPRISE&name.contains=")
    assert "队列已办完" in decide(desk, page, "pass_first_review").words


@pytest.mark.usefixtures("waiting")
def test_own_opinions_are_kept_and_forgotten(desk, system):
    page = start(desk)
    kept = desk.post(f"{page.address}/opinions", opinion="照片倾斜，请正面拍摄后上传")
    assert (kept.status, kept.fields["opinion"]) == (200, "照片倾斜，请正面拍摄后上传")
    assert "照片倾斜，请正面拍摄后上传" in desk.get(page.address).words
    assert desk.post(f"{page.address}/opinions", opinion="短").status == 422
    with system() as session:
        [own] = session.scalars(select(CannedOpinion))
        assert session.scalars(select(Audit.id).where(Audit.noun == "canned_opinion")).all() == []
    desk.post(f"{page.address}/opinions", forget=str(own.id))
    assert "照片倾斜" not in desk.get(page.address).words


def test_differences_and_findings_stand_beside_the_fields(desk, system, waiting):
    decide(desk, start(desk), "return_for_edit", opinion=OPINION)
    form = desk.get(f"/admin/unit/{waiting[0]}/edit")
    assert desk.post(f"/admin/unit/{waiting[0]}/edit", **{**form.fields, "address": "厦门市思明区1号"}).status == 303
    preview = desk.preview("unit", "resubmit", [waiting[0]])
    desk.confirm(preview)
    desk.post(f"{QUEUE}leave")
    with system() as session:  # whoever submitted for the unit is handed other units
        session.get_one(Unit, waiting[0]).submitted_by_id = None
    page = start(desk)
    assert page.address == f"{QUEUE}{waiting[0]}"
    assert "退回后改动 1 项" in page.words
    assert "退回前： 鼓楼区五四路1号" in page.words
    assert "详细地址中的城市与“所在城市”不一致" in page.words
    assert f"退回意见：{OPINION}" in page.words


def test_a_page_takes_as_many_statements_for_one_unit_as_for_three(app, desk, waiting):
    three = statements(app, desk, QUEUE), statements(app, desk, f"{QUEUE}{waiting[0]}")
    for unit in waiting[1:]:
        desk.confirm(desk.preview("unit", "pass_first_review", [unit]))
    assert (statements(app, desk, QUEUE), statements(app, desk, f"{QUEUE}{waiting[0]}")) == three


def test_the_security_role_sees_the_portrait_of_whom_it_checks_and_no_other_file(app, client, login, system, world):
    with system() as session:
        unit = _cast.ready_unit(session, world, world.sub, review_status=UnitStatus.approved)
        checked, other = (
            _cast.ready_person(session, unit, status) for status in (PersonStatus.pending_review, PersonStatus.approved)
        )
        _cast.handed_over(session, checked)
        files = list(session.scalars(select(_cast.Attachment).order_by(_cast.Attachment.id)))  # type: ignore[attr-defined]  # imported there
        portraits = {row.person_id: row.ref for row in files if row.kind is AttachmentKind.PHOTO}
        [licence] = [row.ref for row in files if row.kind is AttachmentKind.LICENCE]
    for ref in (*portraits.values(), licence):
        path = path_of(Path(app.instance_path) / "files", ref)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")
    police = Desk(client, login, world.accounts[Role.security])
    base = "/admin/review/person"

    shown = police.get(f"{base}/{checked.id}/picture?file={portraits[checked.id]}", buffered=True)
    assert (shown.status, shown.response.mimetype, shown.response.data) == (200, "image/jpeg", b"picture")
    assert shown.response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "attachment" not in shown.response.headers.get("Content-Disposition", "")
    for row_id, ref in ((checked.id, portraits[other.id]), (checked.id, licence), (other.id, portraits[other.id])):
        assert police.get(f"{base}/{row_id}/picture?file={ref}").status == 404
    assert police.get(f"/admin/file/{portraits[checked.id]}").status == 403
    assert police.get(QUEUE).status == 403
    assert police.get("/admin/review/").location == f"{base}/"


def test_a_role_without_a_say_has_no_desk(client, login, world):
    reader = Desk(client, login, world.accounts[Role.auditor])
    assert (reader.get("/admin/review/").status, reader.get(QUEUE).status) == (403, 403)
    assert "审核工作台" not in reader.get("/admin/").words
    assert reader.get("/admin/review/intention/").status == 404
