"""The lines of a licence as they were read, turned upright, and what its labels say (DOMAIN §2.1; PERFORMANCE §9).

A licence is a form: printed labels, values to the right of them or wrapped below. Nothing is looked for but labels, so
that a layout nobody has seen gives less, and not something else.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

TITLES: Final = (
    "营业执照",
    "事业单位法人证书",
    "社会团体法人登记证书",
    "民办非企业单位登记证书",
    "统一社会信用代码证书",
)
LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "uscc": ("统一社会信用代码", "社会信用代码", "信用代码"),
    "name": ("单位名称", "机构名称", "企业名称", "名称"),
    "legal_rep": (
        "法定代表人姓名", "法定代表人", "执行事务合伙人", "负责人姓名", "负责人", "经营者姓名", "经营者", "投资人",
    ),
    "address": ("主要经营场所", "经营场所", "营业场所", "机构地址", "住所", "地址"),
    "reg_capital": ("注册资本", "注册资金", "开办资金", "出资额", "资金数额"),
    "validity": ("营业期限", "合伙期限", "经营期限", "有效期限", "有效期"),
    "": (
        "类型", "主体类型", "机构性质", "组成形式", "经营范围", "业务范围", "宗旨和业务范围", "成立日期", "注册日期", "登记机关",
        "发证机关", "赋码机关", "颁发日期", "发证日期", "核准日期", "举办单位", "经费来源", "业务主管单位", "登记管理机关", "注册号", *TITLES,
    ),
}  # fmt: skip
"""What is printed beside each field; "" are the labels that only end another's value."""
# From top to bottom on every layout: they tell which way a picture stands.
DOWNWARDS: Final = (
    *((title, 0) for title in TITLES),
    ("名称", 1),
    ("类型", 2),
    ("法定代表人", 3),
    ("经营范围", 4),
    ("登记机关", 5),
)
ONE_ROW: Final = {"uscc", "legal_rep"}  # never wrapped
LEAST_LABELS: Final = 3
_SORTED: Final = sorted(
    ((label, key) for key, found in LABELS.items() for label in found), key=lambda one: -len(one[0])
)
_SPREAD: Final = set("名称类型住所")  # labels printed wide apart, which stand below one another
_HALVES: Final = {"名": "name", "称": "name", "住": "address", "所": "address", "类": "", "型": ""}
_FIRST: Final = set("名住类")
_MARKS: Final = "：:；;，,。.、·|丨 "
Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One line of text: its score (0 to 1) and its four corners, clockwise from the top left, in pixels."""

    text: str
    score: float
    corners: tuple[Point, ...]

    @property
    def left(self) -> float:
        return min(x for x, _y in self.corners)

    @property
    def right(self) -> float:
        return max(x for x, _y in self.corners)

    @property
    def middle(self) -> float:
        return sum(y for _x, y in self.corners) / 4

    @property
    def height(self) -> float:
        """The line's thickness, whatever its slope."""
        (ax, ay), _b, _c, (dx, dy) = self.corners
        return math.hypot(dx - ax, dy - ay) or 1.0

    @property
    def length(self) -> float:
        (ax, ay), (bx, by), _c, _d = self.corners
        return math.hypot(bx - ax, by - ay) or 1.0


@dataclass
class Labelled:
    """A label with the lines of its value; ``edge`` is where the value begins, as far as one can tell."""

    key: str
    at: Line
    edge: float
    parts: list[Line]
    scores: list[float]

    @property
    def text(self) -> str:
        """The value in one piece."""
        return "".join(part.text for part in self.parts).strip(_MARKS)

    @property
    def score(self) -> float:
        """That of the worst line."""
        return min(self.scores, default=0.0)


def count_labels(lines: Sequence[Line]) -> int:
    """Return how many different labels there are, however the picture stands."""
    return len({label for line in lines for label in [_label(_plain(line.text))[0]] if label})


def labelled(lines: Sequence[Line]) -> list[Labelled]:
    """Return the labels of an upright page with their values, from top to bottom."""
    plain = [replace(line, text=_plain(line.text)) for line in upright(lines) if _plain(line.text)]
    heads, rest = _heads([part for line in plain for part in _unstacked(line)])
    for line in sorted(rest, key=lambda line: (line.middle, line.left)):
        owner = _owner(heads, line)
        if owner is not None:
            owner.parts.append(line)
            owner.scores.append(line.score)
    return heads


def upright(lines: Sequence[Line]) -> list[Line]:
    """Turn the lines as the page is read: by quarters to where its labels run downwards, then level."""
    if not lines:
        return []
    tall = sum(len(line.text) for line in lines if line.height > 1.5 * line.length)
    on_its_side = 2 * tall > sum(len(line.text) for line in lines)
    ways = [_level(_turned(lines, quarters)) for quarters in ((1, 3) if on_its_side else (0, 2))]
    return max(ways, key=_downwards)


def _turned(lines: Sequence[Line], quarters: int) -> list[Line]:
    """Turn by quarters clockwise; the corners start at the top left again."""
    turned = []
    for line in lines:
        corners = list(line.corners)
        for _ in range(quarters):
            corners = [(-y, x) for x, y in corners]
        corners = corners[-quarters % 4 :] + corners[: -quarters % 4]
        turned.append(replace(line, corners=tuple(corners)))
    return turned


def _level(lines: Sequence[Line]) -> list[Line]:
    """Take the common slope out."""
    slopes = [
        math.atan2(b[1] - a[1], b[0] - a[0])
        for a, b, _c, _d in (line.corners for line in lines if line.length > 4 * line.height)
    ]
    angle = median(slopes) if slopes else 0.0
    sine, cosine = math.sin(-angle), math.cos(-angle)
    return [
        replace(line, corners=tuple((x * cosine - y * sine, x * sine + y * cosine) for x, y in line.corners))
        for line in lines
    ]


def _downwards(lines: Sequence[Line]) -> int:
    """How many pairs of labels stand in the order of every layout, less those that do not."""
    found = [(rank, line.middle) for line in lines for word, rank in DOWNWARDS if _plain(line.text).startswith(word)]
    return sum((b > a) - (b < a) for rank_a, a in found for rank_b, b in found if rank_a < rank_b)


def _plain(text: str) -> str:
    return "".join(text.split())


def _unstacked(line: Line) -> list[Line]:
    """Take apart what was read downwards: the halves of labels that stand below one another."""
    count = len(line.text)
    if count == 1 or not set(line.text) <= _SPREAD or line.height < 0.6 * count * line.length:
        return [line]
    a, b, c, d = line.corners

    def between(one: Point, other: Point, part: float) -> Point:
        return one[0] + (other[0] - one[0]) * part, one[1] + (other[1] - one[1]) * part

    edges = [(between(a, d, place / count), between(b, c, place / count)) for place in range(count + 1)]
    return [
        replace(line, text=char, corners=(*above, below[1], below[0]))
        for char, above, below in zip(line.text, edges, edges[1:], strict=False)
    ]


def _label(text: str) -> tuple[str, str]:
    """Return the label that a text begins with and its field; two blanks where there is none."""
    return next(((label, key) for label, key in _SORTED if text.startswith(label)), ("", ""))


def _heads(lines: Sequence[Line]) -> tuple[list[Labelled], list[Line]]:
    """Tell labels from other lines; a label printed wide apart comes in pieces and is put together."""
    heads, rest, gone = [], [], set[int]()
    ordered = sorted(lines, key=lambda line: line.left)
    for line in ordered:
        if id(line) in gone:
            continue
        label, key = _label(line.text)
        whole = line
        if not label:
            label, key, whole, used = _pieced(line, [one for one in ordered if id(one) not in gone])
            gone |= used
        if not label:
            rest.append(line)
            continue
        value = whole.text[len(label) :].lstrip(_MARKS)
        edge = whole.left + (whole.right - whole.left) * len(label) / len(whole.text)
        parts = [replace(whole, text=value)] if value else []
        heads.append(Labelled(key, whole, edge, parts, [whole.score] if value else []))
    halves = [line for line in rest if _is_half(line, heads)]
    heads += [Labelled(_HALVES[line.text], line, line.right, [], []) for line in halves]
    heads.sort(key=lambda head: (head.at.middle, head.at.left))
    return heads, [line for line in rest if line not in halves]


def _is_half(line: Line, heads: Sequence[Labelled]) -> bool:
    """Whether a character is what was found of a label printed wide apart: it stands where other labels begin or end."""
    if line.text not in _HALVES:
        return False
    near = 1.5 * line.height
    if line.text in _FIRST:
        return any(abs(head.at.left - line.left) < near for head in heads)
    return any(abs(head.edge - line.right) < near for head in heads)


def _pieced(first: Line, lines: Sequence[Line]) -> tuple[str, str, Line, set[int]]:
    """Put a label together from the pieces of its row; the last one may go on with the value."""
    for label, key in _SORTED:
        if len(first.text) >= len(label) or not label.startswith(first.text):
            continue
        whole, used = first, {id(first)}
        for line in lines:
            if id(line) in used or line.left < whole.right - first.height or not _same_row(first, line):
                continue
            whole = replace(
                whole, text=whole.text + line.text, score=min(whole.score, line.score),
                corners=(whole.corners[0], line.corners[1], line.corners[2], whole.corners[3]),
            )  # fmt: skip
            used.add(id(line))
            if whole.text.startswith(label):
                return label, key, whole, used
            if not label.startswith(whole.text):
                break
    return "", "", first, set()


def _same_row(one: Line, other: Line) -> bool:
    return abs(one.middle - other.middle) < 0.6 * max(one.height, other.height)


def _owner(heads: Sequence[Labelled], line: Line) -> Labelled | None:
    """Whose value a line is: the label's on its row, unless it goes on with a value of another column above it."""
    beside, above = _beside(heads, line), _above(heads, line)
    if beside is None or above is None:
        return beside or above
    same_column = beside.at.left > above.at.left - 3 * line.height
    return beside if same_column else above


def _beside(heads: Sequence[Labelled], line: Line) -> Labelled | None:
    """The nearest label to the left on the line's row."""
    row = [head for head in heads if head.at.left < line.left and _same_row(head.at, line)]
    return max(row, key=lambda head: head.at.left, default=None)


def _above(heads: Sequence[Labelled], line: Line) -> Labelled | None:
    """The value whose last line ends just above and begins where this one does."""
    found = []
    for head in heads:
        if head.key in ONE_ROW:
            continue
        last = head.parts[-1] if head.parts else head.at
        gap = (line.middle - last.middle) / max(line.height, last.height)
        start = head.parts[0].left if head.parts and head.parts[0].left > head.at.left else head.edge
        if 0.5 < gap < 2.2 and abs(line.left - start) < 3 * line.height and line.left > head.at.left + line.height:
            found.append((gap, head))
    return min(found, key=lambda one: one[0])[1] if found else None
