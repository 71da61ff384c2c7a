"""From the list of persons to the police and back: batch, encrypted list, pick-up, results by table and by hand."""

import csv
import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select, text, update

from exchange import security_import, security_list
from exchange.sheet_source import SheetError
from exchange.unlock_child import unlocked
from models import (
    Audit,
    Batch,
    ImportJob,
    Person,
    PersonStatus,
    Role,
    SecurityBatch,
    SecurityRow,
    SecurityRowStatus,
    SecurityStatus,
    UnitStatus,
)
from models.kinds import opened
from tests import factories
from tests.browser import token
from tests.test_admin_views._desk import Desk, Page, statements, states
from tests.test_workflow import _cast
from workflow.actors import actor_for
from workflow.sessions import writing_sets

P, R, Y = PersonStatus, SecurityRowStatus, SecurityStatus
TODAY = f"{factories.NOW:%Y-%m-%d}"
HAND_OVER = "hand_over_to_security"
DECIDED = {"group_pay_decision": "cancelled", "payment_status": "unpaid", "group_pay_fee": 20000}


@pytest.fixture
def desk(client, login, world):
    return Desk(client, login, world.accounts[Role.secretariat])


@pytest.fixture
def people(system, world):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.approved)
        made = [
            factories.person(session, unit, review_status=P.pending_review, name=f"王{n}", **DECIDED)
            for n in "一二三四五"
        ]
        return [person.id for person in made]


def handed_over(desk):
    page = desk.get("/admin/security_batch/")
    answer = desk.post(page.buttons["移交上次以后新增或变更的人员"])
    assert answer.status == 303, answer.words
    preview = desk.get(answer.location)
    preview.address = answer.location.partition("?")[0]
    return desk.confirm(preview)


def fetched(desk, batch_id=1):
    """Make a list; return its password and the file."""
    page = desk.post(f"/admin/security_batch/{batch_id}/list")
    [password] = re.findall(r"\b(?:[2-9A-Z]{5}-){3}[2-9A-Z]{5}\b", page.words)
    form = {"csrf_token": token(desk.client, "/admin/"), "token": page.fields["token"]}
    return password, desk.client.post(f"/admin/security_batch/{batch_id}/list.xlsx", data=form)


class List:
    """An opened list, to be filled in."""

    def __init__(self, plain):
        self.book = openpyxl.load_workbook(io.BytesIO(plain))
        self.sheet = self.book.worksheets[0]
        self.titles = [cell.value for cell in self.sheet[1]]

    @property
    def rows(self):
        return [dict(zip(self.titles, (cell.value for cell in row), strict=True)) for row in self.sheet.iter_rows(2)]

    def put(self, row, **cells):
        for title, value in cells.items():
            self.sheet.cell(row, self.titles.index(title) + 1).value = value
        return self

    def result(self, row, result, day=TODAY, code=None):
        return self.put(row, 审核结果=result, 审核日期=day, 原因代码=code)

    def saved(self):
        buffer = io.BytesIO()
        self.book.save(buffer)
        return buffer.getvalue()


def opened_list(desk, batch_id=1):
    password, answer = fetched(desk, batch_id)
    return List(unlocked(password, answer.data)[1:])


def upload(desk, data, password="", name="送审名单.xlsx"):
    place = "/admin/security_row/import"
    form = {"csrf_token": token(desk.client, place), "file": (io.BytesIO(data), name), "password": password}
    answer = Page(desk.client.post(place, data=form, content_type="multipart/form-data"))
    if answer.status != 303:
        return answer
    page = desk.get(answer.location)
    page.address = answer.location
    return page


def results_of(system, *keys):
    with system() as session:
        found = select(*(getattr(SecurityRow, key) for key in keys)).order_by(SecurityRow.number)
        return [tuple(row) if len(keys) > 1 else row[0] for row in session.execute(found)]


def everything(system):
    """Return what a refused table must leave as it is."""
    return results_of(system, "status", "result"), states(system, Person.review_status), states(system, Batch.id)


def test_who_is_new_is_handed_over_in_one_go_and_the_next_time_nobody_is(desk, people, system):
    assert handed_over(desk).status == 303
    assert states(system, Person.security_status) == [Y.sent] * 5
    page = desk.get("/admin/security_batch/")
    assert page.rows[0][2:7] == ["待取件", "5", "5", "0", "0"], page.rows
    answer = desk.post("/admin/security_batch/next")
    assert answer.location == "/admin/security_batch/"
    assert "没有新增、变更或撤回的人员" in desk.get(answer.location).words
    assert len(people) == len(results_of(system, "id"))


def test_the_bell_leads_the_police_to_the_batch(desk, people, client, login, world):
    handed_over(desk)
    assert "通知：0 条未读" in desk.get("/admin/").words
    client.delete_cookie("session")
    police = Desk(client, login, world.accounts[Role.security])
    assert "通知：1 条未读" in police.get("/admin/").words
    page = police.get("/admin/notices")
    assert f"：新增{len(people)}人、变更0人、撤回0人" in page.words
    answer = police.post(page.buttons["去查看"])
    assert answer.location == "/admin/security_batch/1"
    batch = police.get(answer.location)
    assert [name for name in ("王一", "王五") if name not in batch.words] == []
    assert "通知：0 条未读" in batch.words
    police.post("/language/en")
    assert f": {len(people)} new, 0 changed, 0 withdrawn" in police.get("/admin/notices").words


def test_the_list_opens_with_the_password_that_is_shown_once_and_kept_nowhere(desk, people, system):
    handed_over(desk)
    password, answer = fetched(desk)
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert "%E9%80%81%E5%AE%A1%E5%90%8D%E5%8D%95_AQ" in answer.headers["Content-Disposition"]
    assert unlocked("wrong", answer.data) == b"W"
    found = List(unlocked(password, answer.data)[1:])
    assert found.titles == [*security_list.WIDTHS, *security_list.TO_FILL]
    assert found.titles[:17] == [
        "批次号",
        "序号",
        "人员编号",
        "姓名",
        "英文姓名",
        "性别",
        "出生日期",
        "国籍(地区)",
        "证件类型",
        "证件号码",
        "工作单位",
        "统一社会信用代码",
        "职务",
        "手机号码",
        "交易团/分团",
        "人员标签",
        "校验码",
    ]
    with system() as session:
        persons = list(session.scalars(select(Person).order_by(Person.id)))
        expected = [(person.ref, person.name, opened(person, "id_no"), opened(person, "mobile")) for person in persons]
        told = list(session.scalars(select(Audit.action).where(Audit.noun == "security_batch").order_by(Audit.id)))
        texts = " ".join(str(value) for row in session.execute(select(Audit.changes, Audit.reason)) for value in row)
        assert password not in texts
    assert [(row["人员编号"], row["姓名"], row["证件号码"], row["手机号码"]) for row in found.rows] == expected
    assert {type(cell.value) for row in found.sheet.iter_rows(2, max_col=17) for cell in row if cell.value} == {str}
    assert told[-2:] == ["security_batch.list", "security_batch.export"]
    assert password not in desk.get("/admin/security_batch/1").words
    assert fetched(desk)[0] != password
    assert len(people) == len(found.rows)


def test_a_token_of_another_batch_or_account_or_too_old_opens_nothing(desk, people, system, world, login, monkeypatch):
    handed_over(desk)
    page = desk.post("/admin/security_batch/1/list")
    for junk in ("", "junk", page.fields["token"][:-3]):
        answer = desk.post("/admin/security_batch/1/list.xlsx", token=junk)
        assert answer.location == "/admin/security_batch/1"
    monkeypatch.setattr("admin_views.security_lists.MINUTES", -1)
    assert desk.post("/admin/security_batch/1/list.xlsx", token=page.fields["token"]).status == 303
    monkeypatch.undo()
    with system() as session:
        colleague = factories.account(session, world.province, Role.secretariat)
    desk.post("/logout")
    login(colleague)
    assert desk.post("/admin/security_batch/1/list.xlsx", token=page.fields["token"]).status == 303
    assert len(people) == 5


def test_from_the_hand_over_to_the_results_and_their_receipts(desk, people, system):
    handed_over(desk)
    assert desk.confirm(desk.preview("security_batch", "register_pickup", [1]), taken_by="市公安局 张三").status == 303
    password, answer = fetched(desk)
    table = List(unlocked(password, answer.data)[1:])
    table.result(2, "通过").result(3, "信息不符", code="B-02").result(
        4, "不通过", "2026/11/26" if TODAY == "2026-11-26" else TODAY
    )
    page = upload(desk, security_list.encrypted(table.saved(), password), password)
    assert page.figures == [
        "3 将登记",
        "2 没有结果，不登记",
        "0 相同，不重复登记",
        "0 移交后已变更",
        "0 不能登记",
        "0 有错误",
    ]
    assert states(system, Person.review_status) == [P.pending_review] * 5
    refused = desk.post(f"{page.address}/commit")
    assert (refused.status, "请勾选以确认" in refused.words) == (422, True)
    assert desk.post(f"{page.address}/commit", sure="y").location == page.address
    assert states(system, Person.review_status) == [
        P.approved,
        P.returned,
        P.rejected,
        P.pending_review,
        P.pending_review,
    ]
    assert results_of(system, "status", "result")[:4] == [
        (R.answered, Y.passed), (R.answered, Y.data_wrong), (R.answered, Y.not_passed), (R.open, None),
    ]  # fmt: skip
    with system() as session:
        row = session.scalars(select(SecurityRow).where(SecurityRow.number == 2)).one()
        assert (opened(row, "reason_code"), str(row.result_on)) == ("B-02", TODAY)
        assert session.scalars(select(SecurityBatch.waiting)).one() == 2
        assert [text for text in session.scalars(select(Audit.changes)) if "B-02" in text] == []
    done = desk.get(page.address)
    assert "已登记 3 行，未登记 0 行" in done.words
    assert desk.get(done.links["查看回执"]).status == 200
    again = upload(desk, table.saved())
    assert again.figures[0] == "0 将登记"
    assert again.figures[2] == "3 相同，不重复登记"
    assert len(people) == 5


def test_what_is_kept_of_an_upload_holds_no_number_in_full(desk, people):
    handed_over(desk)
    table = opened_list(desk).result(2, "通过")
    page = upload(desk, table.saved())
    numbers = [row["证件号码"] for row in table.rows]
    back = desk.client.get(f"{page.address}/result.xlsx").data
    text = " ".join(
        str(value) for row in openpyxl.load_workbook(io.BytesIO(back)).worksheets[0].values for value in row
    )
    assert [number for number in numbers if number in text] == []
    assert numbers[0][-4:] in text
    assert "将办理" in text
    assert len(people) == 5


@pytest.mark.usefixtures("people")
def test_reason_codes_of_an_upload_lie_nowhere_in_the_clear(desk, system):
    handed_over(desk)
    table = opened_list(desk).result(2, "信息不符", code="C-07").result(3, "不通过", code="曾用名不符")
    page = upload(desk, table.saved())
    assert page.figures[0] == "1 将登记"
    assert "曾用名不符" not in page.words
    for _stage in ("previewed", "done"):
        with system() as session:
            [job] = session.connection().execute(text("SELECT content, shown, results FROM import_job"))
            kept = session.scalars(select(ImportJob.content)).one()
        assert not zipfile.is_zipfile(io.BytesIO(bytes(job.content)))
        assert [word for word in ("C-07", "曾用名") if word in f"{job.shown}{job.results}"] == []
        assert "C-07" in [
            value for row in openpyxl.load_workbook(io.BytesIO(kept)).worksheets[0].values for value in row
        ]
        desk.post(f"{page.address}/commit", mode="good")
    assert results_of(system, "result")[0] is Y.data_wrong


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another batch": ({"批次号": "AQ-9-9-999"}, "没有这个送审批次"),
    "no such person": ({"人员编号": "AAAAAAAAAA"}, "该批次没有这个人员编号"),
    "another name": ({"姓名": "李四"}, "姓名与名单不一致"),
    "another number": ({"证件号码": "110105194912310021"}, "证件号码后四位与名单不一致"),
    "an edited check value": ({"校验码": "h0000000000000000000a"}, "校验码与名单不一致，可能被改动或来自另一行"),
    "no check value": ({"校验码": None}, "未填写"),
    "a numeric ID": ({"证件号码": 110105194912310021}, "为数值格式，数字可能已丢失"),
    "a formula": ({"姓名": "=A1"}, "是公式"),
    "another word": ({"审核结果": "合格"}, "没有这种审核结果"),
    "no day": ({"审核日期": "昨天"}, "审核日期不能识别"),
    "a day to come": ({"审核日期": "2199-01-01"}, "审核日期晚于今天"),
    "a day before": ({"审核日期": "2001-01-01"}, "审核日期早于移交日期"),
    "a long code": ({"原因代码": "原因是什么"}, "原因代码只能是字母"),
    "a day without a result": ({"审核结果": None}, "没有填写审核结果"),
}


@pytest.mark.usefixtures("people")
def test_each_mistake_is_named_with_its_row_and_nothing_is_written(desk, system):
    handed_over(desk)
    before, unsaid = everything(system), {}
    for name, (cells, sentence) in WRONG.items():
        page = upload(desk, opened_list(desk).result(2, "通过").put(2, **cells).saved())
        refused = desk.post(f"{page.address}/commit", mode="all", sure="y")
        if sentence not in page.words or "1 有错误" not in page.figures or refused.status == 200:
            unsaid[name] = page.words[:400]
    assert unsaid == {}
    assert everything(system) == before


@pytest.mark.usefixtures("people")
def test_a_person_twice_is_refused_twice_and_good_rows_may_be_written_alone(desk, system):
    handed_over(desk)
    table = opened_list(desk).result(2, "通过").result(3, "通过").result(4, "通过")
    first = table.rows[1]
    table.put(4, **{key: first[key] for key in ("人员编号", "姓名", "证件号码", "校验码")})
    page = upload(desk, table.saved())
    assert page.figures[0] == "1 将登记"
    assert "第3、4行是同一人员" in page.words
    assert desk.post(f"{page.address}/commit", mode="all").status == 422
    assert results_of(system, "result")[0] is None
    assert desk.post(f"{page.address}/commit", mode="good").status == 303
    assert results_of(system, "result") == [Y.passed, None, None, None, None]


@pytest.mark.usefixtures("people")
def test_whoever_changed_since_is_refused_by_name_and_whoever_left_too(desk, system):
    handed_over(desk)
    table = opened_list(desk).result(2, "通过").result(3, "通过").result(4, "不通过")
    with system() as session:
        changed = session.scalars(select(Person).where(Person.name == "王一")).one()
        version, number = changed.row_version, changed.id
    desk.post(f"/admin/person/{number}/edit", name="王改名", row_version=str(version))
    gone = desk.preview("person", "delete", [number + 1])
    desk.confirm(gone, reason="重复登记的人员", confirm_typed="王二")
    page = upload(desk, table.saved())
    assert page.figures[3:5] == ["1 移交后已变更", "1 不能登记"], page.words
    assert "王一的身份信息在移交后已变更，结果不采用" in page.words
    assert "人员已退出，不再需要结果" in page.words


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.usefixtures("people")
def test_a_table_of_two_batches_with_the_same_person_tells_of_both_rows_and_writes_the_open_one(
    desk, system, newest_first
):
    handed_over(desk)
    first = opened_list(desk).result(2, "不通过").result(3, "通过")
    with system() as session:
        changed = session.scalars(select(Person).where(Person.name == "王一")).one()
    desk.post(f"/admin/person/{changed.id}/edit", name="王改名", row_version=str(changed.row_version))
    handed_over(desk)
    second = opened_list(desk, 2).result(2, "通过")
    tables = [second, first] if newest_first else [first, second]
    lines = [line for table in tables for line in opened_csv(table, "utf-8").decode().splitlines()[1:]]
    title = opened_csv(first, "utf-8").decode().splitlines()[0]
    page = upload(desk, "\n".join([title, *lines]).encode(), name="结果.csv")
    assert page.figures[0] == "2 将登记", page.words
    assert page.figures[3] == "1 移交后已变更", page.words
    assert "王一的身份信息在移交后已变更，结果不采用" in page.words
    assert desk.post(f"{page.address}/commit", mode="good").status == 303
    with system() as session:
        told = select(SecurityRow.batch_id, SecurityRow.name, SecurityRow.status, SecurityRow.result)
        found = session.execute(told.where(SecurityRow.name.in_(("王一", "王改名", "王二"))).order_by(SecurityRow.id))
        assert [tuple(row) for row in found] == [
            (1, "王一", R.stale, None), (1, "王二", R.answered, Y.passed), (2, "王改名", R.answered, Y.passed),
        ]  # fmt: skip


@pytest.mark.usefixtures("people")
def test_a_result_that_is_there_is_not_turned_round(desk):
    handed_over(desk)
    desk.confirm(desk.preview("person", "security_pass", [1]))
    page = upload(desk, opened_list(desk).result(2, "不通过").saved())
    assert "已登记为“通过”" in page.words
    assert page.figures[4] == "1 不能登记"


@pytest.mark.usefixtures("people")
def test_a_list_of_another_edition_and_a_file_that_is_none_are_refused_whole(desk, system, world):
    handed_over(desk)
    table = opened_list(desk).result(2, "通过")
    table.book["_meta"]["B3"] = "E-old"
    other = upload(desk, table.saved())
    assert (other.status, "这是其他届次（E-old）的送审名单" in other.words) == (422, True)
    with system() as session, writing_sets(session):
        past = factories.edition(session, is_current=False)
        session.execute(update(SecurityBatch).values(edition_id=past.id))
    page = upload(desk, opened_csv(table), name="结果.csv")
    assert "该批次属于其他届次" in page.words
    quota = upload(desk, "序号,单位名称\n1,甲\n".encode(), name="额度.csv")
    assert (quota.status, "缺少列“批次号”“人员编号”“姓名”“审核结果”“审核日期”“证件号码后四位”" in quota.words) == (
        422,
        True,
    )
    assert world.edition.id


def opened_csv(
    table, encoding="utf-8-sig", titles=("批次号", "人员编号", "姓名", "证件号码后四位", "审核结果", "审核日期")
):
    """Return a table as the police's own system might write it: seven columns, no check values."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(titles)
    for row in table.rows:
        row["证件号码后四位"] = row["证件号码"][-4:]
        writer.writerow([row[title] or "" for title in titles])
    return buffer.getvalue().encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
@pytest.mark.usefixtures("people")
def test_a_csv_of_the_polices_own_in_either_encoding(desk, encoding):
    handed_over(desk)
    page = upload(desk, opened_csv(opened_list(desk).result(2, "通过"), encoding), name="结果.csv")
    assert page.figures[0] == "1 将登记"
    assert "表中没有“校验码”列，已按姓名和证件号码后四位核对" in page.words


@pytest.mark.usefixtures("people")
def test_what_is_no_table_gets_one_sentence(desk, system):
    handed_over(desk)
    before = everything(system)
    password, answer = fetched(desk)
    for data, given, name, sentence in (
        (answer.data, "", "名单.xlsx", "文件有打开密码；请在此填写密码，或去掉密码后重新上传"),
        (answer.data, password[:-1], "名单.xlsx", "密码不正确"),
        (answer.data[:5000] + b"\0" * 5000, password, "名单.xlsx", "文件的加密方式无法识别"),
        (b"\x00\x01\x02", "", "名单.csv", "二进制"),
        ("批次号,人员编号\n䶮\n".encode("utf-16"), "", "名单.csv", "UTF-16"),
        (b"", "", "名单.xlsx", "空的"),
        (bomb(), "", "名单.xlsx", "展开后"),
    ):
        page = upload(desk, data, given, name)
        assert (page.status, sentence in page.words) == (422, True), (sentence, page.words)
    assert everything(system) == before


def test_a_million_rows_are_refused_before_any_is_looked_at(system, world):
    rows = "批次号,人员编号,姓名,证件号码后四位,审核结果,审核日期\n" + "a\n" * 1_000_001
    with system() as session:
        actor = actor_for(session, world.accounts[Role.security])
        with pytest.raises(SheetError, match=r"100,?000|10 万"):
            security_import.read(session, actor, rows.encode(), "名单.csv")


def bomb():
    """Return a workbook of 100 KB that unfolds to 100 MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 100 * 1024 * 1024)
    return buffer.getvalue()


def test_the_police_import_record_by_hand_and_read_reasons_and_nobody_else_does(desk, people, system, world, login):
    handed_over(desk)
    table = opened_list(desk)
    desk.post("/logout")
    police = Desk(desk.client, login, world.accounts[Role.security])
    assert police.post("/admin/security_batch/1/list").status == 403
    assert police.post("/admin/security_batch/next").status == 403
    assert police.get("/admin/security_batch/1").status == 200
    assert len(police.get("/admin/person/").rows) == 5
    assert police.confirm(police.preview("person", "security_pass", [people[0]])).status == 303
    assert len(police.get("/admin/person/").rows) == 4
    page = upload(police, table.result(3, "信息不符", code="K9").saved())
    assert police.post(f"{page.address}/commit").status == 303
    saved = police.post("/admin/security_row/2/edit", reason_detail="曾用名不符", row_version="2")
    assert saved.status == 303, saved.words
    shown = police.get("/admin/security_row/2")
    assert ("（限阅）" in shown.words, "曾用名" in shown.words) == (True, False)
    revealed = police.post("/admin/security_row/2/reveal", key="reason_detail", reason="复核")
    assert "曾用名不符" in revealed.words
    desk.post("/logout")
    for role in (Role.sub_delegation, Role.finance, Role.auditor, Role.sysadmin):
        other = Desk(desk.client, login, world.accounts[role])
        answers = [
            other.get("/admin/security_row/"), other.get("/admin/security_row/2"), other.get("/admin/security_row/import"),
            other.post("/admin/security_batch/1/list"), other.post("/admin/security_batch/next"),
        ]  # fmt: skip
        assert {answer.status for answer in answers} <= {403, 404}, role
        desk.post("/logout")
    with system() as session:
        opinion = session.get_one(Person, people[1]).opinion
    assert "曾用名" not in (opinion or "")


def test_how_long_each_has_waited_stands_in_the_list_and_on_the_start_page(desk, people, system, world, login):
    handed_over(desk)
    with system() as session, writing_sets(session):
        late = factories.NOW - timedelta(days=9)
        session.execute(update(SecurityRow).where(SecurityRow.number < 3).values(waiting_since=late))
    page = desk.get("/admin/security_row/?sort=number")
    waiting = [row[page.cells[0].index("等待天数")] for row in page.rows if len(row) > 5]
    assert waiting == ["9", "9", "0", "0", "0"]
    assert len([row for row in desk.get("/admin/security_row/?overdue=1").rows if len(row) > 5]) == 2
    desk.post("/logout")
    for role in (Role.secretariat, Role.security):
        other = Desk(desk.client, login, world.accounts[role])
        assert re.search(r"超过审核期限的人员\s*\D{0,40}2|2\D{0,40}超过审核期限的人员", other.get("/admin/").words), (
            role
        )
        desk.post("/logout")
    assert len(people) == 5


def test_a_list_costs_as_many_statements_for_many_rows(app, desk, people, system, world):
    few = statements(app, desk, "/admin/security_row/")
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub, review_status=UnitStatus.approved)
        _cast.handed_over(session, *(_cast.ready_person(session, unit, P.pending_review) for _ in range(20)))
    assert statements(app, desk, "/admin/security_row/") <= few + 3
    assert len(people) == 5
