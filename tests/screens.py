"""The pictures of docs/screens/: the product on demo data, each page wide and narrow, light and dark (``./run screens``).

They are for people who read about the product; nothing is compared with them. The browser's own words in them (dates,
files) are Chinese where it speaks Chinese: Debian's chromium-l10n.
"""

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import sync_playwright

from tests import factories, product
from tests.conftest import ENVIRONMENT
from tests.test_browser.acts import Import
from tests.test_browser.pages import Desk
from tests.test_browser.parts import press
from tests.test_browser.people import People, chromium

FOLDER = product.ROOT / "docs/screens"
SIZES = {1440: 900, 390: 844}  # a desktop's window and a telephone's, in pixels
THEMES = ("light", "dark")
COLOURS = 256  # as many as a palette holds; it makes the file a third as large
UNITS = 300


class Album:
    """Takes the page at which somebody's window is, in every size and theme."""

    def __init__(self, people: People) -> None:
        self.people = people

    def take(self, name: str, desk: Desk) -> None:
        """Photograph the page; whoever is logged in at ``desk`` is so in the pictures."""
        cookies = desk.page.context.storage_state()
        for width, height in SIZES.items():
            for theme in THEMES:
                size = {"width": width, "height": height}
                window = self.people.window(viewport=size, color_scheme=theme, storage_state=cookies)
                window.page.goto(desk.page.url)
                window.page.wait_for_load_state("networkidle")
                keep(window.page.screenshot(), FOLDER / f"{name}-{width}-{theme}.png")
                window.page.context.close()


def keep(picture: bytes, path: Path) -> None:
    """Store a picture with a palette that keeps rare colours too: a badge is small, and its tone matters."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE).save(path, optimize=True)


@contextmanager
def _album() -> Iterator[Album]:
    """Serve the demo data of the first start and open a browser."""
    with tempfile.TemporaryDirectory() as folder:
        instance = product.loaded(Path(folder) / "loaded", UNITS, ENVIRONMENT)
        with (
            product.running(instance, Path(folder) / "served", ENVIRONMENT) as served,
            sync_playwright() as playwright,
            chromium(playwright) as browser,
        ):
            people = People(served, browser)
            yield Album(people)
            people.leave()
    if people.faults:
        sys.exit("\n".join(people.faults))


def the_door(album: Album) -> None:
    """Login, and the change of a first password."""
    desk = album.people.window().visit("/login")
    album.take("login", desk)
    album.take("change-password", album.people.at("quanzhou2"))


def the_desk(album: Album, desk: Desk) -> None:
    """What a sub-delegation sees every day: home, lists, a unit, a form; and what is not there."""
    album.take("home", desk)
    desk.menu("单位")
    album.take("unit-list", desk)
    album.take("person-columns", desk.visit("/admin/person/?panel=columns"))
    persons = desk.menu("人员").filter({"审核状态": "待确认", "人员标签": "专业观众"})
    album.take("person-list", desk)
    persons.open(persons.names[0])
    desk.edit()
    album.take("person-form", desk)
    album.take("help", desk.visit("/admin/help/unit#diagram"))
    album.take("help-terms", desk.visit("/admin/help/terms"))
    album.people.finds_nothing(desk, "/admin/unit/999999")
    album.take("404", desk)


def own_tools(album: Album, desk: Desk) -> None:
    """Filters in groups, views with their tabs and the page that keeps them, finding from anywhere."""
    grouped = "/admin/unit/?g1.review_status=pending_first&g1.city.not=福州市&created_at.from=2024-01-01"
    for name in ("福州以外或待初审", "全部已登记"):
        desk.visit(grouped if name.startswith("福州") else "/admin/unit/?created_at.from=2024-01-01")
        desk.page.get_by_text("保存为视图").click()
        desk.page.get_by_label("视图名称").fill(name)
        desk.press("保存")
    desk.visit(f"{grouped}&panel=filters")
    album.take("filters", desk)
    press(desk.page.locator(".view").filter(has_text="福州以外或待初审"))
    album.take("unit-views", desk)
    desk.follow("管理视图")
    album.take("views", desk)
    desk.visit("/admin/find")
    album.take("find", desk)


def a_review(album: Album, desk: Desk) -> None:
    """A unit that is returned, mended and passed, and its story."""
    units = desk.menu("单位").filter({"审核状态": "待初审", "交易团/分团": "福州分团"})
    unit = units.names[0]
    units.open(unit)
    returned = desk.act("退回修改")
    returned.form.fill({"审核意见": "营业执照照片不清晰，请重新上传"})
    returned.confirm()
    desk.menu("单位").search(unit).open(unit)
    desk.edit().fill({"详细地址": "福州市鼓楼区五四路100号"}).save()
    desk.act("重新提交").confirm()
    colleague = album.people.at("fuzhou2")
    colleague.menu("单位").search(unit).open(unit)
    colleague.act("初审通过并提报").confirm()
    desk.menu("单位").search(unit).open(unit)
    album.take("unit-details", desk)
    desk.follow("历史")
    album.take("history", desk)


def the_review_desk(album: Album) -> None:
    """What waits, one unit before the clerk with a fault marked, one person before the police."""
    desk = album.people.at("xiamen1")
    desk.menu("审核工作台")
    album.take("review-queue", desk)
    desk.page.get_by_role("button", name="开始审核").click()
    desk.page.wait_for_selector("[data-picture]")
    album.take("review-desk", desk)
    police = album.people.at("gongan1")
    police.menu("审核工作台")
    police.page.get_by_role("button", name="开始审核").click()
    police.page.wait_for_selector("[data-picture]")
    album.take("review-desk-person", police)


def a_batch(album: Album, desk: Desk) -> None:
    """Group pay for all who wait, with the cap short: preview and receipt."""
    preview = desk.menu("人员").filter({"审核状态": "待确认"}).choose_all_matching().act("确认代付")
    album.take("preview", desk)
    preview.page.get_by_label("只办理前").check()
    preview.confirm()
    album.take("receipt", desk)


def an_import(album: Album, desk: Desk) -> None:
    """Quota by table, with mistakes in it."""
    desk.menu("单位额度").take_in()
    page = Import(desk.page)
    with tempfile.TemporaryDirectory() as folder:
        path = page.template(Path(folder))
        book = load_workbook(path)
        code = factories.uscc(76_543_210)
        rows = [
            (1, code, "福州榕城茶业有限公司", 1, 0, "新登记"), (2, 91350100076543210, "福州三山食品有限公司", 1, 0, ""),
            (3, code[:-1] + "0", "福州闽江贸易有限公司", 1, 1, ""), (4, factories.uscc(76_543_211), "福州东街百货有限公司", "两个", 1, ""),
            (5, factories.uscc(76_543_212), "福州南台渔业有限公司", 999, 0, ""),
        ]  # fmt: skip
        for row, values in enumerate(rows, 2):
            for column, value in enumerate(values, 1):
                book.worksheets[0].cell(row, column, value)
        book.save(path)
        page.upload(path)
    album.take("import-preview", desk)


def the_province(album: Album) -> None:
    """What the secretariat sees first: all that waits and how far every sub-delegation has come."""
    office = album.people.at("fj_mishu1")
    album.take("start-page", office)
    waiting = office.menu("单位").filter({"审核状态": "待复审", "交易团/分团": "福州分团"})
    returned = waiting.choose(waiting.names[0]).act("退回修改")
    returned.form.fill({"审核意见": "营业执照照片不清晰，请重新上传"})
    returned.confirm()
    album.take("notices", album.people.at("fuzhou1").visit("/admin/notices"))


def decisions_by_table(album: Album, desk: Desk) -> None:
    """Decisions made away from the desk, with mistakes in them."""
    with tempfile.TemporaryDirectory() as folder:
        path = desk.menu("人员").filter({"审核状态": "待确认"}).export("离线审核表", Path(folder))
        book = load_workbook(path)
        sheet = book.worksheets[0]
        places = {cell.value: cell.column for cell in sheet[1]}
        decided = [("确认代付", "")] * 5 + [
            ("取消代付", ""), ("退回修改", "证件照背景不是白色，请重新上传"), ("退回修改", "重拍"), ("同意", ""), ("", "请核对姓名"),
        ]  # fmt: skip
        for row, (decision, opinion) in enumerate(decided[: sheet.max_row - 1], 2):
            sheet.cell(row, places["处理意见"], decision)
            sheet.cell(row, places["意见"], opinion)
        book.save(path)
        desk.menu("人员").take_in()
        album.take("decisions-upload", desk)
        Import(desk.page).upload(path)
    album.take("decisions-preview", desk)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _album() as album:
        the_door(album)
        the_province(album)
        desk = album.people.at("fuzhou1")
        the_desk(album, desk)
        own_tools(album, desk)
        a_review(album, desk)
        the_review_desk(album)
        decisions_by_table(album, desk)
        a_batch(album, desk)
        an_import(album, desk)


if __name__ == "__main__":
    main()
