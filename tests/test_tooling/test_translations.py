"""The English catalogue says everything that the pages say in Chinese, and what the layers below say on them."""

import ast
import io
import re
from collections.abc import Iterator
from functools import cache

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from admin_views import figures, glossary, sentences
from admin_views.forms import WHEN
from admin_views.import_security import NEEDED
from admin_views.screens import SCREENS
from exchange import decision_words, payment_reading
from exchange.pictures import RULES
from exchange.quota_template import INSTRUCTIONS, LABELS
from exchange.reading import Kind
from exchange.security_list import GUIDE, SHEET
from exchange.tracking_template import INSTRUCTIONS as TRACKING
from models import Base
from models.columns import columns_of
from models.terms import TERMS
from models.validators import names
from models.words import Labelled
from tests.test_tooling import scan
from workflow.engine.looking import COMMON
from workflow.machines import MACHINES

FOLDER = scan.ROOT / "translations"
WORDS = re.compile("[\u4e00-\u9fff]")
CHINESE = re.compile("[\u201c\u201d\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")  # and its punctuation
FILLED = re.compile(r"%\((\w+)\)s")
# What these files say goes to the operator's log, to a table's own column of reasons, in two languages already, to the
# units in Chinese whatever the clerk reads, or to nobody.
NOT_ON_PAGES = {
    "workflow/books.py", "workflow/money_books.py", "workflow/parcel_books.py", "workflow/card_books.py", "workflow/lock_books.py",
    "workflow/history.py",
    "workflow/canned.py", "workflow/checks/words.py",
}  # fmt: skip
TABLES = (
    "package_arrival",
    "package_import",
    "package_pictures",
    "package_sheets",
    "quota_import",
    "quota_reading",
    "line_reading",
    "tracking_plan",
    "tracking_template",
    "importing",
    "decision_words",
    "quota_plan",
    "payment_import",
    "payment_reading",
    "read_child",
    "reading",
    "sandbox",
    "sealed_file",
    "csv_source",
    "xlsx_source",
    "zip_check",
    "security_import",
    "security_plan",
    "security_reading",
    "transfer_package",
)
# Kept in the data as it was written, in Chinese; or understood, not said.
STORED = {
    "系统", "已删除人员", "已清除", "升级标签，原证件失效", "人员未通过审核或已删除", "人员已删除", "未通过人员信息审核",
    "证件信息核对不一致，请核对姓名、证件号码和照片后重新提交", "是", "否", names._HAN,
}  # fmt: skip


@cache
def catalogue() -> dict[str, str]:
    with (FOLDER / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


@cache
def of_pages() -> frozenset[str]:
    """Return what the pages ask the catalogue for."""
    with (FOLDER / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {**DEFAULT_KEYWORDS, "lazy_gettext": None}
    found = [
        message
        for folder in ("admin_views", "templates")
        for _name, _line, message, _comments, _context in extract_from_dir(
            scan.ROOT / folder, methods, options, keywords, directory_filter=lambda path: "__pycache__" not in path
        )
    ]
    return frozenset(str(message) for message in found)


def models() -> list[type[Base]]:
    return [mapper.class_ for mapper in Base.registry.mappers]


def of_declarations() -> Iterator[str]:
    """Yield what moves, columns, screens and the home page say."""
    yield from [
        *COMMON.values(),
        *WHEN.values(),
        *INSTRUCTIONS,
        *TRACKING,
        *payment_reading.INSTRUCTIONS,
        *decision_words.INSTRUCTIONS,
        *decision_words.MOVES_HEAD,
        *GUIDE[:3],
        SHEET,
        *NEEDED,
        *LABELS,
        *(kind.label for kind in Kind),
        *(rule.hint for rule in RULES.values()),
    ]
    for move in (move for machine in MACHINES.values() for move in machine.moves.values()):
        yield from [move.help, move.confirm, *move.tells, *(guard.sentence for guard in move.guards)]
        for ask in move.asks:
            yield from [ask.label, ask.help, *(label for _value, label in ask.choices)]
    for column in (column for model in models() for column in columns_of(model).values()):
        yield from [
            column.help,
            column.means,
            column.rule,
            column.group,
            *(member.means for member in column.enum or ()),
        ]
    yield from (model.__purpose__ for model in models())
    yield from (means for _term, _english, means in glossary.TERMS)
    for screen in SCREENS:
        yield from [screen.group, *(label for _key, label in screen.ticks)]
        yield from (label for label, *_rest in screen.ways)
        yield from (label for label, _endpoint, _move in screen.starts)
        yield from (
            found.column.label for found in screen.filters.values() if found.column.key not in columns_of(found.model)
        )
    yield from (text for told in figures.ALL for text in (told.label, told.help))


def of_layers() -> Iterator[str]:
    """Yield every sentence written in the layers below; what would be filled into one is a 1."""
    for path in scan.files(".py"):
        if scan.name(path).startswith(("workflow/", "models/validators/")) and scan.name(path) not in NOT_ON_PAGES:
            yield from _literals(ast.parse(path.read_text()))
        elif path.parent.name == "exchange" and path.stem in (
            *TABLES, "pictures", "badges", "checkpoints", "parcel_labels", "recognition",
        ):  # fmt: skip
            tree = ast.parse(path.read_text())
            written = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
            constants = [node for node in written if isinstance(node.value, ast.Constant)]
            raised = (node for node in ast.walk(tree) if isinstance(node, ast.Raise))
            said = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Said")
            for node in [*constants, *raised, *said]:
                yield from _literals(node)


def _literals(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile":
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "1" for part in node.values)
            for part in node.values:
                yield from _literals(part)
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str) and not isinstance(tree, ast.JoinedStr):
                yield node.value
        else:
            yield from _literals(node)


@cache
def spoken() -> frozenset[str]:
    """Return the Chinese that the pages hand to ``sentences.spoken``."""
    moves = {move.label for machine in MACHINES.values() for move in machine.moves.values()}
    said = {text for text in (*of_declarations(), *of_layers()) if WORDS.search(text)}
    return frozenset(said - moves - STORED)


def test_everything_the_pages_say_is_translated():
    assert (of_pages() | {*sentences.PATTERNS, *sentences.PIECES}) - catalogue().keys() == set()


def test_everything_the_layers_below_say_on_the_pages_is_translated():
    english = {text: sentences.in_english(text, lambda text: catalogue().get(text, text)) for text in spoken()}

    assert {text: said for text, said in english.items() if CHINESE.search(said)} == {}


def test_nothing_is_translated_that_nobody_says():
    assert catalogue().keys() - of_pages() - spoken() - {*sentences.PATTERNS, *sentences.PIECES} == set()


def test_every_pattern_is_a_sentence_of_the_layers_below():
    rules = dict(sentences._rules())
    said = {next((pattern for pattern, rule in rules.items() if rule.fullmatch(text)), "") for text in spoken()}

    assert set(sentences.PATTERNS) - said == set()


def test_what_is_filled_in_is_the_same_in_both_languages():
    differ = {
        text: english
        for text, english in catalogue().items()
        if set(FILLED.findall(text)) != set(FILLED.findall(english)) or "%" in FILLED.sub("", english)
    }

    assert differ == {}


def test_english_has_no_chinese_characters():
    told = {**catalogue(), **TERMS}

    assert {text: english for text, english in told.items() if not english or CHINESE.search(english)} == {}


def test_the_catalogue_compiles():
    with (FOLDER / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        read = read_po(file, locale="en", abort_invalid=True)
    assert [message.id for message in read if message.fuzzy or any(message.check(read))] == []

    compiled = io.BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    assert {str(message.id): str(message.string) for message in read_mo(compiled) if message.id} == catalogue()


def test_the_catalogue_names_no_place_person_or_moment():
    header, _, messages = (FOLDER / "en" / "LC_MESSAGES" / "messages.po").read_text().partition("\n\n")

    assert [line.partition(":")[0] for line in header.splitlines()[2:]] == [
        '"Language', '"MIME-Version', '"Content-Type', '"Content-Transfer-Encoding',
    ]  # fmt: skip
    assert [line for line in messages.splitlines() if not line.startswith(('msgid "', 'msgstr "')) and line] == []


def test_every_term_is_a_declared_word():
    columns = [column for model in models() for column in columns_of(model).values()]
    declared = {column.label for column in columns} | {getattr(model, "__label__", "") for model in models()}
    declared |= {member.label for words in Labelled.__subclasses__() for member in words}
    declared |= {move.label for machine in MACHINES.values() for move in machine.moves.values()}

    assert TERMS.keys() - declared == set()


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        (
            "当前状态“待提交”不能“复审通过”，须为：待复审",
            '"Pass second review" is not possible for Draft; it must be Pending second review',
        ),
        ("必填项“所在城市”未填写，请先补充", '"City" is mandatory; please fill it in first'),
        ("分团VIP额度余额不足：需3个，剩余1个", "Sub-delegation VIP: not enough quota left; 3 needed, 1 left"),
        ("请填写居民身份证号码", "Please enter the number of the Resident ID card"),
        ("“企业”不是数字，请只填写数字，不带单位", '"企业" is not a number; please enter digits only, without a unit'),
        ("没有人这样说", "没有人这样说"),
    ],
)
def test_what_was_filled_in_is_put_into_english_and_what_was_typed_stays(chinese, english):
    assert sentences.in_english(chinese, lambda text: catalogue().get(text, text)) == english
