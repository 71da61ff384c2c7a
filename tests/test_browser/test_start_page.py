"""The start page in a browser: charts that show what their tables say, in both themes; pictures and the report."""

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PIL import Image

from tests.test_browser.pages import Desk
from tests.test_browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
VENDOR = "/static/vendor/chart.js-4.6.1/chart.min.js"
# What is drawn and in which colours, and the numbers of the same columns in the table beside it.
DRAWN = """async (vendor) => {
    const { Chart } = await import(vendor);
    return [...document.querySelectorAll("canvas[data-chart]")].map((canvas) => {
        const { labels, datasets } = Chart.getChart(canvas).data;
        const rows = [...canvas.closest(".panel").querySelectorAll("tbody tr")].map((row) => [...row.cells]);
        const places = canvas.dataset.drawn.split(",");
        return {
            kind: canvas.dataset.chart, rows: rows.length, labels: labels.length, colours: datasets.map((one) => one.borderColor),
            drawn: datasets.map((one) => one.data),
            told: places.map((place) => rows.map((row) => Number.parseFloat(row[place].textContent.replaceAll(",", "")))),
            inked: canvas.toDataURL().length > 5000,
        };
    });
}"""


def _drawn(desk: Desk) -> dict[str, dict[str, object]]:
    desk.page.wait_for_load_state("networkidle")
    return {chart["kind"]: chart for chart in desk.page.evaluate(DRAWN, VENDOR)}


def test_charts_show_what_their_tables_say_and_follow_the_theme(people: People) -> None:
    desk = people.at("fj_mishu1")
    charts = _drawn(desk)
    assert sorted(charts) == ["bar", "line"]
    assert [chart["drawn"] == chart["told"] for chart in charts.values()] == [True, True]
    assert [chart["labels"] == chart["rows"] for chart in charts.values()] == [True, True]
    assert [chart["inked"] for chart in charts.values()] == [True, True]

    desk.page.locator("[data-theme-switch]").click()
    assert _drawn(desk)["line"]["colours"] != charts["line"]["colours"]


def test_a_table_is_sorted_by_its_heading_and_shown_in_full(people: People) -> None:
    desk = people.at("fj_mishu1")
    progress = desk.page.locator("#progress")
    progress.get_by_role("columnheader", name="登记").first.get_by_role("link").click()
    desk.page.wait_for_url("**/admin/?progress=-units#progress")
    column = [int(text) for text in progress.locator("tbody tr > :nth-child(2)").all_inner_texts()]
    assert column == sorted(column, reverse=True)

    progress.get_by_role("link", name="显示全部").click()
    desk.page.wait_for_url("**all=1**")
    assert progress.locator("tbody tr").count() == 21  # twenty sub-delegations and what hangs on the province itself


def test_a_figure_leads_to_its_rows(people: People) -> None:
    desk = people.at("xiamen1")
    card = desk.page.locator(".cards li").filter(has_text="待初审单位").get_by_role("link").first
    told = card.get_attribute("data-count")
    card.click()
    desk.page.wait_for_url("**/admin/unit/?review_status=pending_first")
    assert f"共 {told} 条" in desk.words


def test_a_chart_is_kept_as_a_picture_and_all_figures_as_a_workbook(people: People) -> None:
    desk = people.at("fj_mishu1")
    with desk.page.expect_download() as picture:
        desk.page.locator("#progress").get_by_role("button", name="图片").click()
    with Image.open(picture.value.path()) as image:
        assert (image.format, image.width > 600) == ("PNG", True)
    assert picture.value.suggested_filename.startswith("各分团进度_")

    with desk.page.expect_download() as report:
        desk.page.get_by_role("button", name="下载日报").click()
    book = load_workbook(BytesIO(Path(report.value.path()).read_bytes()))
    assert book.sheetnames == ["总览", "各分团进度", "锁定进度", "额度", "统付", "每日曲线（单位）"]
    assert report.value.suggested_filename.startswith("日报_福建团_")
