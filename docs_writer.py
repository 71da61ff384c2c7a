"""Documentation written from the declarations: states, data dictionary, permissions. ``./run check`` keeps it fresh."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path

from sqlalchemy import inspect

from models import Base, Role
from models.columns import Column, columns_of
from workflow import telling
from workflow.machines import MACHINES
from workflow.moves import Machine
from workflow.rights import RIGHTS

DOCS = Path(__file__).parent / "docs"
HEAD = "<!-- Written by `./run docs` from the declarations; do not edit. -->\n"
WORDS = {
    "list": "查",
    "details": "看",
    "export": "出",
    "create": "增",
    "edit": "改",
    "reveal": "明",
    "import": "入",
    "verify": "验",
    "void_list": "废",
}
PEOPLE = tuple(role for role in Role if role is not Role.system)


def write(*, check: bool = False) -> list[Path]:
    """Write the generated pages; return those that differ (with ``check`` nothing is written)."""
    pages = {"states.md": states(), "dictionary.md": dictionary(), "permissions.md": permissions()}
    stale = []
    for name, text in pages.items():
        path = DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.relative_to(DOCS.parent))
            if not check:
                DOCS.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    return stale


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Lay rows out as a Markdown table."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
    yield ""


def page(title: str, lines: Iterable[str]) -> str:
    """Join a page's lines under its title."""
    return HEAD + f"# {title}\n\n" + "\n".join(lines).rstrip() + "\n"


def states() -> str:
    """Draw each machine's states and list its moves."""
    return page("状态与操作", (line for machine in MACHINES.values() for line in _machine(machine)))


def _machine(machine: Machine) -> Iterator[str]:
    moves = telling.tell(machine)
    yield f"## {machine.model.__label__} `{machine.noun}.{machine.column}`\n"
    yield "```mermaid\nstateDiagram-v2"
    for state in telling.states_of(machine):
        yield f'    state "{state.label}" as {state.value}'
    for told in moves:
        for source, target in product(told.sources, told.targets):
            yield f"    {source.value} --> {target.value}: {told.move.label}"
    yield "```\n"
    means = ((f"{state.label} `{state.value}`", state.means) for state in telling.states_of(machine))
    yield from table(("状态", "含义"), means)
    yield from table(
        ("操作", "代码", "从", "到", "谁", "不能办理的情形", "询问", "可撤销", "不可逆提示"),
        map(_move, moves),
    )


def _move(told: telling.Told) -> Sequence[object]:
    move = told.move
    return (
        move.label, f"`{move.name}`", "（几乎）任何状态" if told.anywhere else "、".join(state.label for state in told.sources),
        "或".join(state.label for state in told.targets) or "不变",
        "、".join(role.label for role in move.who) or "系统",
        "；".join((*told.closed, *(("必填项不齐全",) if told.needs else ()))),
        "、".join(ask.label for ask in move.asks), "是" if move.revocable else "", move.confirm,
    )  # fmt: skip


def dictionary() -> str:
    """List every noun's columns with what they say of themselves."""
    models = sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda model: model.__tablename__)
    return page("数据字典", (line for model in models if model.__label__ for line in _noun(model)))


def _noun(model: type[Base]) -> Iterator[str]:
    purpose = model.__purpose__ or (model.__doc__ or "").strip().splitlines()[0]
    yield f"## {model.__label__} `{model.__tablename__}`\n\n{purpose}\n"
    nullable = {column.key for column in inspect(model).columns if column.nullable}
    rows = (_column(column, nullable) for column in columns_of(model).values() if not column.hidden)
    yield from table(("标签", "列", "类型", "必填", "列表", "查找", "筛选", "谁写", "敏感", "说明"), rows)


def _column(column: Column, nullable: set[str]) -> Sequence[object]:
    kind = "、".join(member.label for member in column.enum) if column.enum else column.kind
    kind = f"→ {column.links}" if column.links else kind
    writer = "引擎" if column.state else "程序" if column.machine else "省团" if column.province_only else "填写"
    yes = {True: "是", False: "", "exact": "精确"}
    needed = {
        "always": "*",
        "domestic": "* 境内",
        "overseas": "* 境外",
        "enterprise": "* 企业",
        "mailed": "* 寄递",
    }.get(column.required, "")
    return (
        column.label, f"`{column.key}`", kind, needed or ("" if column.key in nullable else "非空"), yes[column.listed],
        yes[column.searched], yes[column.filtered], writer + ("（仅新增时）" if column.once else ""), column.sensitivity,
        "；".join(filter(None, (column.means, column.help, column.rule))),
    )  # fmt: skip


def permissions() -> str:
    """Cross roles with nouns, and roles with moves."""
    nouns = sorted({noun for rights in RIGHTS.values() for noun in rights})
    labels = {mapper.class_.__tablename__: mapper.class_.__label__ for mapper in Base.registry.mappers}
    roles = [role.label for role in PEOPLE]
    lines = [
        "查 列表 · 看 详情 · 出 导出 · 增 新增 · 改 编辑 · 明 查看完整号码 · 入 导入 · 验 核验 · 废 失效证件清单\n",
        "## 数据\n",
    ]
    rights = ((f"{labels[noun]} `{noun}`", *(_rights(role, noun) for role in PEOPLE)) for noun in nouns)
    lines += table(("对象", *roles), rights)
    for machine in MACHINES.values():
        lines.append(f"## {machine.model.__label__}的操作\n")
        moves = (move for move in machine.moves.values() if not move.hidden)
        lines += table(
            ("操作", *roles), ((move.label, *("✓" if role in move.who else "" for role in PEOPLE)) for move in moves)
        )
    return page("权限表", lines)


def _rights(role: Role, noun: str) -> str:
    held = RIGHTS[role].get(noun, set())
    return "".join(word for right, word in WORDS.items() if right in held)
