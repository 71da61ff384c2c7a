"""Bad files at every kind of import there is: a clear sentence in either language, and nothing changed (SECURITY §8).

A new kind is tried by itself with what no table may be; what its own rows may have wrong, its sample here tells.
"""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from admin_views.import_kinds import KINDS
from admin_views.sentences import in_english
from exchange import read_child, reading, security_list
from exchange.decision_sheet import decidable
from exchange.payment_reading import template as payment_template
from exchange.quota_template import template as quota_template
from exchange.tracking_template import template as tracking_template
from models import Edition, ImportJob, ParcelStatus, Person, Role, SecurityBatch, Unit
from models.base import Base
from tests import factories
from tests.browser import token
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import Desk, Page
from tests.test_exchange import decision_tables
from tests.test_exchange.books import DATA, book, zipped
from tests.test_tooling.test_translations import catalogue
from tests.test_workflow import _cast, _entities
from workflow.actors import Actor, acting, actor_for
from workflow.machines import MACHINES

MIB = 1024 * 1024
CHINESE = re.compile("[\u4e00-\u9fff]")
NOUNS = {model.__tablename__: model for model in (mapper.class_ for mapper in Base.registry.mappers)}
PACKAGE = "transfer_package"  # an archive: what may be wrong inside is tried in test_transfer_package


@dataclass
class Scene:
    """One row of everything, and somebody who may import the kind."""

    session: Any
    world: factories.World
    rows: dict[type[Base], Any]
    actor: Actor

    def of(self, model: type[Base]) -> Any:
        """Return the row of a model."""
        return self.session.get_one(model, self.rows[model].id)


@dataclass
class Sample:
    """A table of one good row as people fill it in; ``code`` heads what must be text, ``mark`` the check values."""

    book: bytes
    code: str
    mark: str = ""


def filled(template: bytes, row: list[object]) -> bytes:
    table = load_workbook(io.BytesIO(template))
    for column, value in enumerate(row, 1):
        table.worksheets[0].cell(2, column).value = value
    return saved(table)


def saved(table: Workbook) -> bytes:
    data = io.BytesIO()
    table.save(data)
    return data.getvalue()


def quota(at: Scene) -> Sample:
    row = [1, factories.uscc(), "福州甲公司", 1, 0, None]
    return Sample(filled(quota_template(at.session, at.actor), row), "统一社会信用代码")


def payments(at: Scene) -> Sample:
    person = _cast.ready_person(at.session, at.of(Unit), review_status="approved", payment_status="unpaid",
                                group_pay_decision="cancelled", group_pay_fee=20000)  # fmt: skip
    edition = at.session.get_one(Edition, at.actor.edition_id).code
    row = [person.ref, 200, f"{factories.NOW:%Y-%m-%d}", "BOC-1", None]
    return Sample(filled(payment_template(edition), row), "人员编号")


def tracking(at: Scene) -> Sample:
    parcel = factories.parcel(at.session, at.of(Unit), ParcelStatus.packed, cards=1)
    edition = at.session.get_one(Edition, at.actor.edition_id).code
    return Sample(filled(tracking_template(edition), [parcel.number, "顺丰速运", "SF0001234567", None]), "包裹号")


def results(at: Scene) -> Sample:
    _cast.put(at.of(Person), review_status="pending_review", security_status="sent")
    with acting(at.session, at.actor):
        data = security_list.workbook(at.session, at.actor, at.of(SecurityBatch))
    table = decision_tables.Table(data).write(2, 审核结果="通过", 审核日期=f"{factories.NOW:%Y-%m-%d}")
    return Sample(table.saved(), "人员编号", "校验码")


def decisions(noun: str) -> Callable[[Scene], Sample]:
    def make(at: Scene) -> Sample:
        model: Any = NOUNS[noun]
        data = decision_tables.exported(at.session, at.actor, model, model.id == at.rows[model].id, columns=["id"])
        move = decidable(at.actor, noun)[0].label
        return Sample(
            decision_tables.Table(data).write(2, move, "材料不全，请补充后重新提交").saved(), "行编号", "行校验"
        )

    return make


SAMPLES: dict[str, Callable[[Scene], Sample]] = {
    "quota_allocation": quota, "payment": payments, "parcel-tracking": tracking, "security_row": results,
    **{noun: decisions(noun) for noun in MACHINES},
}  # fmt: skip


def locked(data: bytes) -> bytes:
    return security_list.encrypted(data, "AB234-AB234-AB234-AB234")


OTHER = "缺少列|这不是离线审核表"
# What is no table of any kind: the file, and what is said of it. Of an archive less is looked at.
NO_TABLE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "1,000,001 rows": ("a.csv", lambda: "代码,数\r\n".encode() + b"x,6\r\n" * 1_000_001, "数据超过 [0-9]+ 行|文件超过"),
    "a bomb": ("a.xlsx", lambda: book(after="<!--" + " " * (40 * MIB) + "-->"), "压缩比超过 50 倍"),
    "a password": ("a.xlsx", lambda: locked(book()), "打开密码"),
    "a CSV in GB18030 of something else": ("a.csv", lambda: "序号,品名\r\n1,䶮茶\r\n".encode("gb18030"), OTHER),
    "a workbook of something else": ("a.xlsx", lambda: book(DATA), OTHER),
    "UTF-16": ("a.csv", lambda: "代码,数\r\n".encode("utf-16"), "UTF-16"),
    "half a workbook": ("a.xlsx", lambda: book()[:-200], "已损坏"),
    "a document": ("a.docx", lambda: zipped({"word/document.xml": "<a/>"}), "不是 Excel 工作簿"),
    "an empty file": ("a.csv", lambda: b"\r\n", "是空的"),
}  # fmt: skip


@cache
def no_table(case: str) -> bytes:
    return NO_TABLE[case][1]()


OF_ARCHIVES = "不是移交包|已损坏或不完整|未加密的文件|压缩比异常|文件超过"


@pytest.fixture(autouse=True)
def _in_place(monkeypatch):
    """Read without a process of its own: what that is for is shown by ``test_hostile_files``."""
    monkeypatch.setattr(reading, "_in_child", read_child.parse)


@dataclass
class Window:
    """A browser that uploads files to one kind of import; ``errors`` are told at the fields."""

    desk: Desk
    kind: str

    def upload(self, data: bytes, name: str) -> Page:
        page = self.desk.get(f"/admin/{self.kind}/import")
        asked: dict[str, Any] = {
            key: value or "" for key, value in page.fields.items() if key not in ("file", "csrf_token")
        }
        if self.kind == PACKAGE:
            asked["password"] = "AB234-AB234-AB234-AB234"
        asked |= {"csrf_token": token(self.desk.client, "/admin/"), "file": FileStorage(io.BytesIO(data), name)}
        boundary, body = encode_multipart(asked)
        content_type = f'multipart/form-data; boundary="{boundary}"'
        return Page(self.desk.client.post(f"/admin/{self.kind}/import", data=body, content_type=content_type))

    def in_english(self, ask: Callable[[], Page]) -> Page:
        self.desk.post("/language/en")
        page = ask()
        self.desk.post("/language/zh")
        return page


def told(page: Page) -> list[str]:
    """Return what is said at the fields of a form."""
    found = re.findall(r'class="field-errors"[^>]*>(.*?)</div>', page.response.text, re.DOTALL)
    return [unescape(re.sub("<[^>]*>", "", text)).strip() for text in found]


def chinese(said: list[str]) -> list[str]:
    """Return what is not in English, but for what is quoted of a table."""
    return [text for text in said if CHINESE.search(re.sub('".*"', "", text))]


def reasons(page: Page) -> list[str]:
    """Return the rules and hints of the mistakes that a preview names."""
    return [unescape(text) for text in re.findall(r'class="c-note">([^<]*)<', page.response.text)]


@pytest.fixture(params=KINDS)
def at(request, session, world):
    """Give one row of everything, as whoever may import the kind first sees it."""
    actors = {role: actor_for(session, account) for role, account in world.accounts.items()}
    role = next(role for role in (Role.secretariat, *world.accounts) if KINDS[request.param].may(actors[role]))
    rows = _entities.everything(session, world, world.sub, world.accounts[role], world.other_sub)
    session.commit()
    return Scene(session, world, rows, actors[role])


@pytest.fixture
def window(request, at, client, login, world):
    return Window(Desk(client, login, world.accounts[at.actor.role]), request.node.callspec.params["at"])


def standing(at: Scene) -> tuple[Any, ...]:
    """Return everything that an import could change, and let go of the database."""
    found = _cast.business(at.session), [job.ref for job in at.session.scalars(select(ImportJob))]
    at.session.rollback()
    for noun in ("account", "import_job"):  # the language of the page, and what was uploaded
        del found[0][noun]
    return found


@on_sqlite
def test_what_is_no_table_is_refused_whole_in_either_language(at, window):
    before = standing(at)
    for case, (name, _make, sentence) in NO_TABLE.items():
        page = window.upload(no_table(case), name)
        assert (page.status, len(told(page))) == (422, 1), (name, page.words)
        assert re.search(OF_ARCHIVES if window.kind == PACKAGE else sentence, told(page)[0]), told(page)
        assert chinese([in_english(told(page)[0], lambda text: catalogue().get(text, text))]) == []
    assert standing(at) == before


def test_every_kind_has_a_sample_of_its_rows():
    assert SAMPLES.keys() | {PACKAGE} == KINDS.keys()


def copied(sample: Sample) -> bytes:
    table = load_workbook(io.BytesIO(sample.book))
    for cell in table.worksheets[0][2]:
        table.worksheets[0].cell(3, cell.column).value = cell.value
    return saved(table)


def setting(title: str, value: object) -> Callable[[Sample], bytes]:
    def change(sample: Sample) -> bytes:
        table = decision_tables.Table(sample.book)
        heads = {str(cell.value).rstrip("*"): cell.column for cell in table.sheet[1]}
        table.sheet.cell(2, heads[getattr(sample, title)]).value = value
        return table.saved()

    return change


def of_old(sample: Sample) -> bytes:
    table = load_workbook(io.BytesIO(sample.book))
    [cell] = [row[1] for row in table["_meta"] if row[0].value == "edition"]
    cell.value = "E-OLD"
    return saved(table)


def as_csv(sample: Sample) -> bytes:
    table = load_workbook(io.BytesIO(sample.book)).worksheets[0]
    out = io.StringIO()
    for row in table.iter_rows(max_row=2, values_only=True):
        csv.writer(out).writerow(["" if value is None else value for value in row])
    return out.getvalue().encode("gb18030")


BAD_ROWS: dict[str, tuple[Callable[[Sample], bytes], int]] = {
    "a row twice": (copied, 2),
    "a number where a code belongs": (setting("code", 913506003698515933), 1),
    "an edited check value": (setting("mark", "0" * 16), 1),
}


@pytest.fixture
def sample(at, window):
    if window.kind == PACKAGE:
        pytest.fail("an archive has no rows of its own")
    made = SAMPLES[window.kind](at)
    at.session.commit()
    return made


def shown(at: Scene, page: Page) -> dict[str, Any]:
    """Return what a preview tells."""
    ref = page.location.rpartition("/")[2]
    found = at.session.scalars(select(ImportJob.shown).where(ImportJob.ref == ref)).one()
    at.session.rollback()
    return json.loads(found)


@on_sqlite
@pytest.mark.parametrize("at", SAMPLES, indirect=True)
def test_bad_rows_are_named_in_either_language_and_nothing_is_written(at, window, sample):
    before = standing(at)
    for name, (make, bad) in BAD_ROWS.items():
        if name == "an edited check value" and not sample.mark:
            continue
        page = window.upload(make(sample), "表.xlsx")
        assert page.status == 303, (name, page.words)
        assert shown(at, page)["bad"] == bad, (name, shown(at, page))
        english = reasons(window.in_english(lambda page=page: window.desk.get(page.location)))
        assert len(english) >= 2 * bad, name
        assert chinese(english) == []
        answer = window.desk.post(f"{page.location}/commit", mode="all", sure="y")
        assert answer.status == 422, (name, answer.words)
    assert standing(at)[0] == before[0]


@on_sqlite
@pytest.mark.parametrize("at", SAMPLES, indirect=True)
def test_a_workbook_of_another_edition_is_refused_whole(at, window, sample):
    before = standing(at)
    page = window.upload(of_old(sample), "表.xlsx")
    assert (page.status, [said for said in told(page) if "这是其他届次" in said]) == (422, told(page)), page.words
    english = told(window.in_english(lambda: window.upload(of_old(sample), "表.xlsx")))
    assert chinese(english) == []
    assert standing(at) == before


@on_sqlite
@pytest.mark.parametrize("at", SAMPLES, indirect=True)
def test_a_csv_in_gb18030_is_read_as_the_workbook_is(at, window, sample):
    before = standing(at)
    whole = shown(at, window.upload(sample.book, "表.xlsx"))
    assert shown(at, window.upload(as_csv(sample), "表.csv"))["counts"] == whole["counts"]
    assert standing(at)[0] == before[0]
