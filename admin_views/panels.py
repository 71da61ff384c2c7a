"""The tables of the start page: funnel, progress by node, days, quota, caps, payments. Page and report show the same.

A cell holds its value and, where it counts rows, the address that shows exactly these rows; a quantity that is no
number of rows leads to the pool or the settings it stands in.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext as _

from admin_views import lock_notes
from admin_views.figures import PAYMENTS, PERSON_STEPS, SERIES, UNIT_STEPS, Counting, Figure, told
from admin_views.sentences import spoken
from models import Label, Role, WindowStatus
from models.columns import SHANGHAI
from models.delegation import BINDING
from workflow import figures
from workflow.rights import allowed

DAYS = 30
_APPROVED = 3  # the step of units, and of persons, that a rate tells
SHORT = 12  # rows of a table before it is asked for in full
_ALL = (Role.secretariat, Role.sub_delegation, Role.auditor)
_MONEY = (*_ALL, Role.finance)


class Cell(NamedTuple):
    """A value: text, number, share (0 to 1), money (分) or date; ``counts``: the address shows so many rows.

    There may be thousands of which a page shows a dozen: the address is written when it is asked for.
    """

    value: Any = ""
    there: str | Callable[[], str] = ""
    counts: bool = False

    @property
    def url(self) -> str:
        """The address."""
        return self.there if isinstance(self.there, str) else self.there()


@dataclass(frozen=True)
class Head:
    """A column: its kind, and how the page sorts by it."""

    key: str
    label: str
    kind: str = "number"  # text, number, share, money, date
    group: str = ""  # what stands above it and its neighbours
    sort_url: str = ""
    sort_state: str = ""


@dataclass(frozen=True)
class Panel:
    """A table with its title; ``chart`` says how it is drawn, ``drawn`` which columns are."""

    name: str
    title: str
    heads: list[Head]
    rows: list[list[Cell]]
    total: list[Cell] = field(default_factory=list)
    help: str = ""
    chart: str = ""  # "", "bar", "line"
    drawn: tuple[str, ...] = ()
    more_url: str = ""
    more: int = 0
    sorted_by: bool = False  # whether the reader may choose the order

    @property
    def places(self) -> list[int]:
        """The columns that are drawn."""
        return [place for place, head in enumerate(self.heads) if head.key in self.drawn]

    @property
    def groups(self) -> list[tuple[str, int]]:
        """What stands above the headings, each with the number of columns it spans; nothing without groups."""
        spans = [(group, len(list(heads))) for group, heads in groupby(self.heads, key=lambda head: head.group)]
        return spans if len(spans) > 1 else []


def _share(part: int, whole: int) -> Cell:
    return Cell(part / whole if whole else 0.0)


def _count(counting: Counting, figure: Figure, n: int, node: int | None = None, *, own: bool = False) -> Cell:
    return Cell(n, partial(_address, counting, figure, node, own=own), counts=True)


def _address(counting: Counting, figure: Figure, node: int | None, *, own: bool) -> str:
    return counting.url(figure.noun, counting.pairs(figure, node, own=own))


def funnel(counting: Counting) -> Panel | None:
    """Units and persons from registered to delivered, each step as a part of all registered."""
    rows = []
    for noun, steps in ((_("单位"), UNIT_STEPS), (_("人员"), PERSON_STEPS)):
        counted = [(step, counting.tally(step).n) for step in told(steps, counting.reader)]
        names = [_("%(noun)s%(step)s", noun=noun, step=spoken(step.label)) for step, _n in counted]
        rows += [
            [Cell(name), _count(counting, step, n), _share(n, counted[0][1])]
            for name, (step, n) in zip(names, counted, strict=True)
        ]
    heads = [Head("step", _("环节"), "text"), Head("n", _("数量")), Head("share", _("占登记"), "share")]
    help_ = _("现在已到或已过这一步的数量；退回、不通过的不计入后面的环节")
    return Panel("funnel", _("进展"), heads, rows, help=help_)


def progress(counting: Counting) -> Panel | None:
    """The steps by node: what hangs on the reader's own node itself, and each node directly below with all it holds."""
    nodes, home = counting.nodes, counting.reader.actor.delegation_id
    below = {child: nodes.below(child) for child in nodes.children.get(home, ())}
    if not below:
        return None
    groups = [(_("单位"), told(UNIT_STEPS, counting.reader)), (_("人员"), told(PERSON_STEPS, counting.reader))]
    counted = {step.name: counting.by_node(step) for _noun, steps in groups for step in steps}

    def row(name: str, held: Iterable[int], node: int | None = None, *, own: bool = False) -> list[Cell]:
        cells = [Cell(name)]
        for _noun, steps in groups:
            sums = [sum(counted[step.name].get(each, 0) for each in held) for step in steps]
            cells += [_count(counting, step, n, node, own=own) for step, n in zip(steps, sums, strict=True)]
            cells.append(_share(sums[_APPROVED], sums[0]))
        return cells

    rows = [row(_("本级直属"), (home,), home, own=True)]
    rows += [row(nodes.names[node], held, node) for node, held in below.items()]
    heads = [Head("node", _("交易团/分团"), "text")]
    for noun, steps in groups:
        heads += [Head(step.name, spoken(step.label), group=noun) for step in steps]
        heads.append(Head(f"{steps[0].name}_rate", _("%(noun)s通过率", noun=noun), "share", noun))
    return Panel(
        "progress", _("各分团进度"), heads, rows, row(_("合计"), nodes.names), chart="bar", drawn=("units_rate", "persons_rate"),
        sorted_by=True,
    )  # fmt: skip


def days(counting: Counting) -> Panel | None:
    """Rows per day of the last thirty days, today included."""
    series = [each for each in SERIES if counting.reader.actor.role in each.roles]
    if not series:
        return None
    first = figures.today() - timedelta(days=DAYS - 1)
    counted = [counting.per_day(each, first, DAYS) for each in series]
    rows = []
    for day in (first + timedelta(days=n) for n in range(DAYS)):
        limits = [[(f"{each.key}.from", str(day)), (f"{each.key}.to", str(day))] for each in series]
        urls = [counting.url(each.noun, [*each.query, *pair]) for each, pair in zip(series, limits, strict=True)]
        cells = [Cell(found.get(day, 0), url, counts=True) for found, url in zip(counted, urls, strict=True)]
        rows.append([Cell(day), *cells])
    heads = [Head("day", _("日期"), "date"), *(Head(each.name, spoken(each.label)) for each in series)]
    title = _("每日曲线（统付）") if series[0].noun == "group_pay_entry" else _("每日曲线（单位）")
    names = tuple(each.name for each in series)
    return Panel("days", title, heads, rows, chart="line", drawn=names, help=_("近 30 天，北京时间"))


def quota(counting: Counting) -> Panel | None:
    """Free badges by node: received, handed on, in use, left to hand on."""
    nodes, base = counting.nodes, url_for("quota_pool.index")
    found = figures.pools(counting.reader.session)
    rows = []
    for node, name in nodes.names.items():
        cells = [Cell(name)]
        for label in (Label.VIP, Label.STAFF):
            if (pool := found.get((node, label))) is None:
                continue
            used = sum(found[each, label].used for each in nodes.below(node) if (each, label) in found)
            url = f"{base}?delegation_id.own={node}&label={label.value}"
            values = (pool.total, pool.allocated, used, pool.total - pool.allocated)
            cells += [*(Cell(value, url) for value in values), _share(pool.allocated, pool.total)]
        if len(cells) == 11:
            rows.append(cells)
    heads = [Head("node", _("交易团/分团"), "text")]
    for label, name in ((Label.VIP, "VIP"), (Label.STAFF, _("工作人员"))):
        words = (_("额度"), _("已分配"), _("已占用"), _("可分配"))
        heads += [Head(f"{label.value}_{place}", word, group=name) for place, word in enumerate(words)]
        heads.append(Head(f"{label.value}_share", _("分配率"), "share", name))
    return Panel("quota", _("额度"), heads, rows, sorted_by=True) if rows else None


def caps(counting: Counting) -> Panel | None:
    """Group-pay budgets by node."""
    found, base = figures.caps(counting.reader.session), url_for("delegation_edition.index")
    rows = []
    for node, name in counting.nodes.names.items():
        if (cap := found.get(node)) is None:
            continue
        url = f"{base}?delegation_id.own={node}"
        switch = Cell(_("开启") if cap.enabled else _("关闭"), url)
        values = (cap.cap, cap.committed, cap.cap - cap.committed)
        rows.append([Cell(name), switch, *(Cell(value, url) for value in values), _share(cap.committed, cap.cap)])
    heads = [
        Head("node", _("交易团/分团"), "text"), Head("switch", _("统付开关"), "text"), Head("cap", _("统付额度（元）"), "money"),
        Head("committed", _("已确认代付（元）"), "money"), Head("left", _("剩余（元）"), "money"), Head("share", _("使用率"), "share"),
    ]  # fmt: skip
    return Panel("caps", _("统付"), heads, rows, sorted_by=True) if rows else None


def locking(counting: Counting) -> Panel | None:
    """How far each node is with its lock: since when, what still blocks it, which exception windows are open."""
    reader, names = counting.reader, counting.nodes.names
    windows, base = lock_notes.windows_by_node(reader), url_for("exception_window.index")
    rows = []
    for node, found in lock_notes.nodes(reader).items():
        url = url_for("locking.checklist", row_id=found.id)
        since = Cell(found.state_since.astimezone(SHANGHAI).date(), url)
        here = urlencode([("status", WindowStatus.open.value), ("delegation_id.own", node)])
        status = Cell(lock_notes.state(reader, found.status)["label"], url)
        rows.append(
            [
                Cell(names[node]),
                status,
                since,
                Cell(0 if found.status in BINDING else found.left, url),
                Cell(windows.get(node, 0), f"{base}?{here}", counts=True),
            ]
        )
    heads = [
        Head("node", _("交易团/分团"), "text"), Head("state", _("锁定状态"), "text"), Head("since", _("自"), "date"),
        Head("left", _("须先办理（项）")), Head("windows", _("开着的例外窗口")),
    ]  # fmt: skip
    return Panel("locking", _("锁定进度"), heads, rows, sorted_by=True) if rows else None


def payments(counting: Counting) -> Panel | None:
    """Persons by the state of their payment."""
    rows = [
        [Cell(spoken(each.label)), _count(counting, each, counting.tally(each).n)]
        for each in told(PAYMENTS, counting.reader)
    ]
    heads = [Head("state", _("缴费状态"), "text"), Head("n", _("人数"))]
    return Panel("payments", _("缴费"), heads, rows) if rows else None


@dataclass(frozen=True)
class Kind:
    """A panel, the noun whose list its reader must be allowed to read, and who is shown it."""

    build: Callable[[Counting], Panel | None]
    noun: str
    roles: tuple[Role, ...]


PANELS: Mapping[str, Kind] = {
    "funnel": Kind(funnel, "unit", _ALL), "payments": Kind(payments, "person", (Role.finance,)), "days": Kind(days, "unit", _MONEY),
    "progress": Kind(progress, "unit", _ALL), "locking": Kind(locking, "delegation_edition", (Role.secretariat, Role.auditor)),
    "quota": Kind(quota, "quota_pool", _ALL), "caps": Kind(caps, "delegation_edition", _MONEY),
}  # fmt: skip


def panels(counting: Counting, names: Iterable[str] = PANELS) -> list[Panel]:
    """Return the panels that the reader is shown, in order, in full."""
    actor = counting.reader.actor
    kinds = [
        PANELS[name] for name in names if actor.role in PANELS[name].roles and allowed(actor, "list", PANELS[name].noun)
    ]
    return [panel for kind in kinds if (panel := kind.build(counting)) is not None]


def arranged(panel: Panel, asked: str, base: str, *, whole: bool) -> Panel:
    """Return a panel as the address asks for it: sorted by a column (``-`` downwards), cut to its first rows."""
    if not panel.sorted_by:
        return panel
    key, down = asked.removeprefix("-"), asked.startswith("-")
    rows, order = panel.rows, ""
    for place in (place for place, head in enumerate(panel.heads) if head.key == key):
        rows = sorted(rows, key=lambda row: (row[place].value, row[0].value), reverse=down)
        order = f"&{panel.name}={asked}"
    cut = not whole and len(rows) > SHORT
    return replace(
        panel, heads=[_sortable(panel, head, asked, base, whole=whole) for head in panel.heads],
        rows=rows[:SHORT] if cut else rows, more=len(rows) if cut else 0, more_url=f"{base}?all=1{order}#{panel.name}" if cut else "",
    )  # fmt: skip


def _sortable(panel: Panel, head: Head, asked: str, base: str, *, whole: bool) -> Head:
    """Return a heading whose link sorts by it, first downwards, then upwards."""
    wanted = head.key if asked == f"-{head.key}" else f"-{head.key}"
    url = f"{base}?{panel.name}={wanted}{'&all=1' if whole else ''}#{panel.name}"
    return replace(head, sort_url=url, sort_state={head.key: "asc", f"-{head.key}": "desc"}.get(asked, ""))
