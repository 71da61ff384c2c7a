"""A screen's page of help, read from its columns, its table of moves and the rights: nothing on it is written per screen."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from admin_views import diagram
from admin_views.forms import WHEN
from admin_views.identity import DESK
from admin_views.list_page import Reader
from admin_views.screen import Screen
from admin_views.sentences import spoken
from exchange import labels
from models import Role
from models.columns import Column, columns_of
from models.words import Labelled
from workflow.machines import MACHINES
from workflow.moves import Ask, Move
from workflow.rights import RIGHTS, allowed
from workflow.telling import Told, states_of, tell

PEOPLE = (*DESK, Role.unit)
TOLD_RIGHTS = ("list", "details", "export", "create", "edit", "import", "reveal")


def help_page(reader: Reader, screen: Screen) -> dict[str, Any]:
    """Return the words of the template."""
    noun = labels.of_noun(screen.model, reader.lang)
    machine = MACHINES.get(screen.noun)
    moves = tell(machine) if machine else []
    pictures = diagram.draw(list(states_of(machine)), moves, reader.actor.role, reader.lang) if machine else []
    return {
        "noun": screen.noun,
        "title": noun,
        "purpose": spoken(screen.model.__purpose__),
        "list_url": url_for(f"{screen.noun}.index") if allowed(reader.actor, "list", screen.noun) else "",
        "states": _states(reader, screen),
        "pictures": pictures,
        "moves": [_move(reader, each) for each in moves],
        "rights": _rights(reader, screen.noun),
        "columns": [_column(reader, column) for column in _explained(screen)],
    }


def _states(reader: Reader, screen: Screen) -> list[dict[str, Any]]:
    """Return every column whose values need explaining, those that moves drive first."""
    explained = [
        column
        for column in columns_of(screen.model).values()
        if column.enum is not None and not column.hidden and any(member.means for member in column.enum)
    ]
    return [
        {
            "label": labels.of_column(column, reader.lang),
            "members": [(_said(member, reader), member.tone, spoken(member.means)) for member in column.enum or ()],
        }
        for column in sorted(explained, key=lambda column: not column.state)
    ]


def _said(member: Labelled, reader: Reader) -> str:
    return labels.of_member(member, reader.lang)


def _move(reader: Reader, told: Told) -> dict[str, Any]:
    move, lang = told.move, reader.lang
    comma = _("、")
    return {
        "name": move.name,
        "label": labels.of_move(move, lang),
        "kind": diagram.kind_of(move, reader.actor.role),
        "danger": move.danger,
        "help": spoken(move.help),
        "who": comma.join(labels.of_member(role, lang) for role in move.who) or _("系统自动办理"),
        "sources": _("（几乎）任何状态")
        if told.anywhere
        else comma.join(_said(state, reader) for state in told.sources),
        "targets": _("或").join(_said(state, reader) for state in told.targets) or _("状态不变"),
        "asks": [_ask(ask) for ask in move.asks],
        "closed": [*map(spoken, told.closed), *_missing(reader, told)],
        "also": [spoken(sentence) for sentence in (*move.tells, *_budget(move))],
        "confirm": spoken(move.confirm),
        "undo": _undo(move),
        "rows": _("可批量办理") if move.bulk else _("只能逐条办理"),
        "typed": move.typed,
    }


def _ask(ask: Ask) -> str:
    needed = _("必填") if ask.required and ask.kind != "bool" else _("选填")
    said = [spoken(ask.label), _("（%(needed)s）", needed=needed)]
    if ask.help:
        said += [_("："), spoken(ask.help)]
    return "".join(said)


def _missing(reader: Reader, told: Told) -> list[str]:
    if not told.needs:
        return []
    columns = _("、").join(labels.of_column(column, reader.lang) for column in told.needs)
    return [_("以下必填项没有填写：%(columns)s", columns=columns)]


def _budget(move: Move) -> list[str]:
    return [] if move.budget is None else [_("额度或金额不够时一条也不办理，或由您勾选只办理前几条")]


def _undo(move: Move) -> str:
    if move.revocable:
        return _("办理后可在回执上整批撤销")
    return _("不能撤销") if move.irrevocable else _("没有撤销按钮；需要时请用相反的操作")


def _rights(reader: Reader, noun: str) -> dict[str, Any]:
    words = {
        "list": _("查看列表"), "details": _("查看详情"), "export": _("导出"), "create": _("新增"), "edit": _("编辑"),
        "import": _("导入"), "reveal": _("查看完整号码"),
    }  # fmt: skip
    held = {role: RIGHTS[role].get(noun, set()) for role in PEOPLE}
    told = [right for right in TOLD_RIGHTS if any(right in rights for rights in held.values())]
    return {
        "heads": [words[right] for right in told],
        "rows": [
            (labels.of_member(role, reader.lang), role is reader.actor.role, [right in rights for right in told])
            for role, rights in held.items()
        ],
    }


def _explained(screen: Screen) -> list[Column]:
    return [column for column in columns_of(screen.model).values() if not column.hidden and column.label]


def _column(reader: Reader, column: Column) -> dict[str, str]:
    means = [spoken(text) for text in dict.fromkeys((column.means, column.help)) if text]
    checks = [_kind(reader, column), spoken(WHEN.get(column.required, "")), spoken(column.rule)]
    if column.required == "always" and not column.machine:
        checks.insert(0, _("必填"))
    if column.sensitivity:
        checks.append(_("页面上脱敏显示"))
    return {
        "label": labels.of_column(column, reader.lang),
        "means": _("；").join(means),
        "checks": _("；").join(filter(None, checks)),
        "writer": _writer(column),
    }


def _kind(reader: Reader, column: Column) -> str:
    if column.enum is not None:
        return _("、").join(_said(member, reader) for member in column.enum)
    if column.kind == "text" and labels.vocabulary(column, reader.lang) is None and column.length:
        return _("文字，不超过 %(n)s 字", n=column.length)
    return {
        "sealed": _("号码，加密保存"), "date": _("日期，如 2026-11-25"), "moment": _("时间"), "age": _("天数"), "number": _("数字"),
        "money": _("金额（元），最多两位小数"), "bool": _("是或否"), "link": _("从已有记录中选择"), "text": _("文字"),
        "code": _("代码，按文本填写"),
    }.get(column.kind, "")  # fmt: skip


def _writer(column: Column) -> str:
    if column.state:
        return _("新增时填写，以后由操作改变") if column.once else _("由操作改变")
    if column.machine:
        return _("系统填写")
    if column.province_only:
        return _("省交易团秘书处填写")
    return _("新增时填写，以后不能修改") if column.once else _("可填写和修改")
