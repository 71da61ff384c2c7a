"""The words of the pages of what is kept: names of tables and columns from their declarations, and the rule that ends each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from exchange import labels
from exchange.kept_files import Files
from models import Edition, Erasure, ErasureState, figures
from models.columns import model_named
from workflow.keeping import Elsewhere, Held
from workflow.keeping.ties import PASSING
from workflow.keeping.wiping import WHOLE

WITH_ROW = lazy_gettext("随所属记录删除，届次清除时全部删除")
A_DAY = lazy_gettext("24 小时后删除")
RULES = {
    "edition": lazy_gettext("届次清除时抹去内容，保留记录、状态和数量"),
    "whole": lazy_gettext("届次清除时整条删除"),
    "key": lazy_gettext("届次清除时销毁密钥，内容不可再读，校验链不变"),
}
ELSEWHERE = {
    "results": (lazy_gettext("后台任务的文件"), A_DAY),
    "import_job": (lazy_gettext("导入的工作簿（额度、处理意见）"), lazy_gettext("下一次导入时替换，届次清除时删除")),
    "job": (lazy_gettext("后台任务记录"), lazy_gettext("30 天后删除")),
    "notice": (lazy_gettext("通知"), lazy_gettext("90 天后删除；邮件只含条数，不留存副本")),
    "saved_view": (lazy_gettext("保存的视图"), lazy_gettext("按人查找的视图在届次清除时删除，其余由创建人维护")),
    "web_session": (lazy_gettext("登录会话"), lazy_gettext("30 分钟不用或满 8 小时后删除")),
    "login_attempt": (lazy_gettext("登录失败计数"), lazy_gettext("一天后删除")),
    "account": (lazy_gettext("管理账号（工作人员）"), lazy_gettext("账号停用后为追责保留")),
    "audit_clear": (lazy_gettext("按届次加密之前写入的审计日志"), lazy_gettext("号码已脱敏，只增不改，保存三年")),
}
ERASED = {
    "orphans": lazy_gettext("没有记录的文件"),
    "audit": lazy_gettext("审计日志中的内容"),
}
BESIDE = {
    "claim": lazy_gettext("审核占用"),
    "recent_item": lazy_gettext("最近打开"),
}  # tables without a name of their own
WHY = {
    "unit": lazy_gettext("单位名称、代码和状态：不是个人信息，用于统计"),
    "person": lazy_gettext("只有编号、状态、标签和费用，没有个人信息"),
    "certificate": lazy_gettext("证件号和状态：核验时仍能回答证件是否有效"),
    "group_pay_entry": lazy_gettext("金额和编号：台账只增不改"),
    "review_record": lazy_gettext("步骤和时间，没有意见"),
    "tombstone": lazy_gettext("加密摘要：只能判断号码是否相同，查不出是谁"),
    "audit": lazy_gettext("谁在何时做了什么；改动的内容已不可读"),
    "audit_clear": lazy_gettext("按届次加密之前写入，只增不改：号码已脱敏，姓名仍可读，保存三年"),
}


def of_files(name: str, found: Files, lang: str, rule: Any) -> dict[str, Any]:
    """Tell a folder: files and size, what no row names, what is missing, since when, and until when."""
    return {
        "name": name, "files": found.files, "size": f"{found.bytes / 1e6:,.1f} MB", "orphans": found.orphans,
        "orphan_size": f"{found.orphan_bytes / 1e6:,.1f} MB", "missing": found.missing, "rule": str(rule),
        "oldest": figures.moment(found.oldest, lang) if found.oldest else "",
    }  # fmt: skip


def of_elsewhere(found: Elsewhere, lang: str) -> dict[str, Any]:
    """Tell what belongs to no edition."""
    name, rule = ELSEWHERE[found.name]
    oldest = figures.moment(found.oldest, lang) if found.oldest else ""
    return {"name": str(name), "rows": found.rows, "oldest": oldest, "rule": str(rule)}


def of_held(found: Held, lang: str) -> dict[str, Any]:
    """Tell a table's rows of an edition; the sealed columns first."""
    columns = sorted(found.columns, key=lambda column: column.kind != "sealed")
    sealed = [labels.of_column(c, lang) for c in columns if c.kind == "sealed" and c.label]
    plain = [labels.of_column(c, lang) for c in columns if c.kind != "sealed" and c.label]
    return {
        "name": table_name(found.model.__tablename__, lang), "rows": found.rows, "holding": found.holding,
        "sealed": (", " if lang == "en" else "、").join(sealed), "plain": (", " if lang == "en" else "、").join(plain),
        "oldest": figures.moment(found.oldest, lang) if found.oldest else "", "rule": str(RULES[found.rule]),
    }  # fmt: skip


def table_name(table: str, lang: str) -> str:
    """Return what a table is called."""
    if table in ERASED:
        return str(ERASED[table])
    model = model_named(table)
    return labels.of_noun(model, lang) if model.__label__ else str(BESIDE.get(table, table))


def state_of(edition: Edition, erasure: Erasure | None, lang: str) -> str:
    """Say how an edition's data stand."""
    if erasure is not None:
        return labels.of_member(erasure.state, lang)
    if edition.erased_at is not None:
        return labels.of_member(ErasureState.done, lang)
    return _("暂停清除") if edition.legal_hold else _("当前届次") if edition.is_current else _("留存中")


def tone_of(edition: Edition, erasure: Erasure | None) -> str:
    """Return the colour of the same."""
    if erasure is not None:
        return erasure.state.tone
    return "warning" if edition.legal_hold else "muted"


def of_report(report: Mapping[str, Any], lang: str) -> dict[str, list[list[Any]]]:
    """Tell a report: the facts, what went, and what stays and why."""
    names = (
        ("asked_by", _("提出人")), ("asked_at", _("提出时间")), ("agreed_by", _("确认人")), ("agreed_at", _("确认时间")),
        ("started_at", _("开始时间")), ("ended_at", _("结束时间")), ("reason", _("理由")),
    )  # fmt: skip
    facts = [[_("届次"), f"{report['edition']} ({report['code']})"]]
    facts += [[name, _fact(key, report[key], lang)] for key, name in names if report[key]]
    went = [[table_name(table, lang), n, _how(table)] for table, n in report["erased"].items() if n]
    stays = [
        [str(ELSEWHERE[key][0]) if key in ELSEWHERE else labels.of_noun(model_named(key), lang), n, str(WHY[key])]
        for key, n in report["remains"].items()
        if n
    ]
    stays.append(
        [
            _("备份"),
            None,
            _(
                "此前的数据库备份和日志归档仍含这些内容：请按备份的保存期限销毁；PostgreSQL 另须在维护时间执行 VACUUM FULL"
            ),
        ]
    )
    return {"facts": facts, "erased": went, "remains": stays}


def _fact(key: str, value: str, lang: str) -> str:
    return figures.moment(datetime.fromisoformat(value), lang) if key.endswith("_at") else value


def _how(table: str) -> str:
    if table == "audit":
        return str(RULES["key"])
    whole = table in {*WHOLE, *PASSING, "saved_view", "orphans"}
    return str(RULES["whole"] if whole else RULES["edition"])
