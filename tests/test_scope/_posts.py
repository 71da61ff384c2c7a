"""What is sent to the addresses that take something: each body under a name, so that like is compared with like."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from admin_views import sealed_query
from admin_views.listing import Query
from admin_views.nodes import Nodes
from admin_views.panels import PANELS
from admin_views.screens import BY_NOUN
from exchange.export import exportable
from exchange.tracking_import import KEY
from models.columns import columns_of
from tests import factories
from tests.test_scope._arena import OTHER_PROVINCE, Arena, Seat
from tests.test_scope._forms import filled_in
from tests.test_scope._seeds import Plot
from tests.test_scope._tables import decided
from workflow.actors import SYSTEM
from workflow.machines import MACHINES

Bodies = Iterator[tuple[str, dict[str, Any]]]
ANSWERS = {
    "code": factories.uscc(7_654_321),
    "opinion": "执照照片不清晰，请重新上传",
    "reason": "单位来函说明情况",
    "label": "VIP",
    "courier": "顺丰速运",
    "tracking_no": "SF1234567890",
}
NOWHERE = 999_999
TAKER = "王五，浙江省团，13800001111"


def token(arena: Arena, noun: str, owner: Plot | Seat) -> str:
    """Return the sealed query of everything, as a reader's own list page carries it."""
    account_id = owner.account.id if isinstance(owner, Seat) and owner.account else NOWHERE
    if isinstance(owner, Plot):
        account_id = next(iter(owner.previews))
    with arena.app.test_request_context():
        return sealed_query.seal(Query(BY_NOUN[noun], Nodes({}, {})), replace(SYSTEM, account_id=account_id))


def _strangers(arena: Arena, seat: Seat) -> list[Plot]:
    """Return the nearest and the farthest plot that the reader may not see."""
    found = [plot for plot in arena.plots if plot.number not in seat.sees]
    return [found[0], found[-1]]


@dataclass(frozen=True)
class Upload:
    """A file that a form hands in."""

    content: str
    name: str

    def sent(self) -> tuple[io.BytesIO, str]:
        """Return it as the browser of the tests takes it."""
        return io.BytesIO(self.content.encode()), self.name


def nothing(_arena: Arena, _seat: Seat, _place: Any) -> Bodies:
    """Press a button without fields."""
    yield "", {}


def reports(_arena: Arena, _seat: Seat, _place: Any) -> Bodies:
    """Ask for the report of the day, for its tables, and for one there is not."""
    for panel in ("", *PANELS, "nothing"):
        yield f"panel {panel}", {"panel": panel}


def checkpoints(_arena: Arena, _seat: Seat, _place: Any) -> Bodies:
    """Ask for a verification, without a file and with one that is not ours."""
    yield "", {}
    yield "forged", {"checkpoints": Upload('{"id": 1}', "points.jsonl")}


def erasings(_arena: Arena, _seat: Seat, _place: Any) -> Bodies:
    """Ask for an erasing of what is in hand, agree to none, withdraw none, and ask for what there is not."""
    for act in ("ask", "agree", "withdraw", "nothing"):
        yield act, {"act": act, "reason": "留存期满，按规定清除", "code": "X"}


def logins(_arena: Arena, _seat: Seat, _place: Any) -> Bodies:
    """Try the door."""
    yield "", {"username": "desk-4-0001", "password": "wrong"}


def passwords(_arena: Arena, _seat: Seat, _place: Any) -> Bodies:
    """Change the password, wrongly and rightly."""
    new = "granite-Willow-58-teacup"
    yield "wrong", {"current": "wrong", "new": new, "repeated": new}
    yield "right", {"current": factories.PASSWORD, "new": new, "repeated": new}


def contacts(_arena: Arena, _seat: Seat, _place: Any) -> Bodies:
    """Change one's own contacts."""
    yield "language", {"language": "zh"}
    yield (
        "contacts",
        {"language": "zh", "mobile": "13900001234", "email": "a@example.com", "password": factories.PASSWORD},
    )


def searches(arena: Arena, seat: Seat, place: Any) -> Bodies:
    """Look for what is the reader's, and for what is not."""
    yield "own number", {"search": min(seat.plot.numbers), "delegation_id": str(seat.plot.node_id)}
    for plot in _strangers(arena, seat):
        yield "letter", {"search": plot.letter(place.noun)}
        yield "number", {"search": min(plot.numbers), "unit_id": plot.rows["unit"][0], "sort": "-id"}
        yield "tail", {"search": min(plot.numbers)[-4:], "delegation_id": plot.node_id}


def exported(noun: str) -> list[str]:
    """Return the columns that may leave in a file."""
    return [column.key for column in exportable(BY_NOUN[noun].model)]


def exports(arena: Arena, seat: Seat, place: Any) -> Bodies:
    """Ask for files: of the own list, whole, by another's query, of columns that never leave."""
    model, keys = BY_NOUN[place.noun].model, exported(place.noun)
    query = token(arena, place.noun, seat)
    own: dict[str, Any] = {"query": query, "columns": keys}
    for kind in ("csv", "xlsx"):
        yield f"own {kind}", {**own, "format": kind, "sort": "-id"}
        yield f"whole {kind}", {**own, "format": kind, "whole": "1", "reason": "送公安部门审核"}
    yield "own decisions", {**own, "format": "decisions", "sort": "-id"}
    yield "whole mailing list", {**own, "format": "mailing", "whole": "1", "reason": "交快递公司寄递"}
    yield "every column", {**own, "columns": list(columns_of(model)), "format": "csv"}
    yield "another's query", {**own, "query": token(arena, place.noun, arena.plots[OTHER_PROVINCE]), "format": "csv"}
    yield "forged query", {**own, "query": query[:-3] + "abc", "format": "csv"}
    yield "no query", {"columns": keys, "format": "csv"}


def views(arena: Arena, seat: Seat, place: Any) -> Bodies:
    """Keep a view: of the own list, of another's query, of none."""
    if place.noun not in BY_NOUN:
        yield "no list", {"name": "视图"}
        return
    yield "own", {"name": "视图", "query": token(arena, place.noun, seat), "sort": "-id"}
    yield "another's query", {"name": "视图", "query": token(arena, place.noun, arena.plots[OTHER_PROVINCE])}
    yield "no query", {"name": "视图"}


def picks(arena: Arena, seat: Seat, place: Any) -> Bodies:
    """Ask to see ticked rows: own, foreign, missing and garbled ones."""
    own = seat.plot.rows.get(place.noun, [1])
    yield "own", {"rowid": own}
    others = [plot.rows.get(place.noun, [1])[0] for plot in _strangers(arena, seat)]
    yield "mixed", {"rowid": [*own, *others, *seat.plot.gone.get(place.noun, ()), NOWHERE]}
    yield from ((name, {"rowid": text}) for name, text in (("none", []), ("garbled", ["x"])))


def finds(arena: Arena, seat: Seat, _place: Any) -> Bodies:
    """Look from anywhere for what is the reader's, and for what is not."""
    yield "", {"text": ""}
    yield "own number", {"text": min(seat.plot.numbers)}
    for plot in _strangers(arena, seat):
        for noun in ("unit", "account"):
            yield "letter", {"text": plot.letter(noun) * 2}
        for text in (min(plot.numbers), min(plot.numbers)[-4:], *sorted(plot.business)[:2], *sorted(plot.settings)[:2]):
            yield "code", {"text": text}


def opens(arena: Arena, seat: Seat, _place: Any) -> Bodies:
    """Say that a row was opened: an own one, then foreign, gone and missing ones."""
    for noun, rows in seat.plot.rows.items():
        yield f"own {noun}", {"opened": f"{noun}:{rows[0]}"}
    for plot in _strangers(arena, seat):
        yield from ((f"foreign {noun}", {"opened": f"{noun}:{rows[0]}"}) for noun, rows in plot.rows.items())
    yield "missing", {"opened": f"unit:{NOWHERE}"}
    yield "no noun", {"opened": "web_session:1"}


def view_acts(arena: Arena, seat: Seat, _place: Any) -> Bodies:
    """Do to a view whatever can be done to one."""
    for act in ("rename", "up", "down", "default", "all", "delete", "nothing"):
        yield act, {"act": act, "name": "新的名称", "roles": ["sub_delegation", "sysadmin"][: act == "rename"]}
    yield "shared too far", {"act": "rename", "name": "新的名称", "roles": ["sysadmin", "system"]}
    yield "update", {"act": "update", "query": token(arena, "person", seat)}


def arrangements(_arena: Arena, _seat: Seat, place: Any) -> Bodies:
    """Arrange a list: with every column it may show, with columns it never shows, and as another account."""
    keys = exported(place.noun)
    yield "every column", {"columns": keys, "size": "200", "compact": "1", "back": f"/admin/{place.noun}/"}
    yield "widths", {"width": [f"{keys[0]}:300", "acts:200"], "quiet": "1", "account_id": "1"}
    yield "hidden columns", {"columns": list(columns_of(BY_NOUN[place.noun].model))}
    yield "elsewhere", {"reset": "1", "back": "//example.com/"}


def reveals(_arena: Arena, _seat: Seat, place: Any) -> Bodies:
    """Ask for each sealed number of a row, and for what is none."""
    model = BY_NOUN[place.noun if place.noun in BY_NOUN else "unit"].model
    sealed = [column.key for column in columns_of(model).values() if column.kind == "sealed"]
    for key in sealed:
        yield f"whole {key}", {"key": key, "reason": "电话核对身份"}
    yield "hidden", {"key": "password_hash", "reason": "电话核对身份"}
    yield "without a reason", {"key": (sealed or ["id"])[0], "reason": ""}


def cells(arena: Arena, seat: Seat, place: Any) -> Bodies:
    """Send every column there is, one by one, as from a cell of the list."""
    for key, value in filled_in(place.noun, seat.plot, arena.shared).items():
        yield key, {"key": key, key: value, "version": "1"}
    yield "stale", {"key": "name", "name": "新的名称", "version": "0"}


def edits(arena: Arena, seat: Seat, place: Any) -> Bodies:
    """Send a form with every column there is: the reader's own links, then foreign ones, then an answer to a conflict."""
    yield "own links", filled_in(place.noun, seat.plot, arena.shared)
    for plot in _strangers(arena, seat):
        yield "foreign links", {**filled_in(place.noun, plot, arena.shared), "row_version": "1"}
    yield "theirs", {"conflict": "theirs"}
    yield "stale", {**filled_in(place.noun, seat.plot, arena.shared), "row_version": "0"}


def creations(arena: Arena, seat: Seat, place: Any) -> Bodies:
    """As ``edits``, for a new row."""
    yield "own links", filled_in(place.noun, seat.plot, arena.shared)
    for plot in _strangers(arena, seat):
        yield "foreign links", filled_in(place.noun, plot, arena.shared)
        mixed = {"delegation_id": seat.plot.node_id, "referral_code": seat.plot.referral_code}
        yield "mixed links", {**filled_in(place.noun, plot, arena.shared), **mixed}
        for code in plot.units:
            known = {"uscc": code, "username": "desk-4-0001", "code": f"NODE{plot.number}CODE{plot.number}"}
            yield "foreign codes", {**filled_in(place.noun, seat.plot, arena.shared), **known}


def moves(arena: Arena, seat: Seat, place: Any) -> Bodies:
    """Choose rows for every move: own, foreign, missing and mixed ones, by ticks, by a button, by a query."""
    if place.noun not in MACHINES:
        yield "no machine", {"move": "assign", "rowid": ["1"]}
        return
    own = seat.plot.rows[place.noun][0]
    for move in [*MACHINES[place.noun].moves.values(), None]:
        name = move.name if move else "no_such_move"
        yield f"{name} own", {"move": name, "scope": "rows", "rowid": [own]}
        if move and (seat.role not in move.who or move.hidden):
            continue
        others = [plot.rows[place.noun][0] for plot in _strangers(arena, seat)]
        for row_id in (*others, *seat.plot.gone.get(place.noun, ()), NOWHERE):
            yield f"{name} hidden", {"one": f"{name}:{row_id}", "scope": "query"}
    yield from _mixed(arena, seat, place.noun)


def _mixed(arena: Arena, seat: Seat, noun: str) -> Bodies:
    offered = [
        move for move in MACHINES[noun].moves.values() if seat.role in move.who and not move.hidden and move.bulk
    ]
    if not offered:
        return
    own, name = seat.plot.rows[noun][0], offered[0].name
    others = [plot.rows[noun][0] for plot in _strangers(arena, seat)]
    for row_id in (*others, *seat.plot.gone.get(noun, ()), NOWHERE):
        yield "mixed hidden", {"move": name, "scope": "rows", "rowid": [own, row_id]}
    yield "own query", {"move": name, "scope": "query", "query": token(arena, noun, seat)}
    yield "another's query", {"move": name, "scope": "query", "query": token(arena, noun, arena.plots[OTHER_PROVINCE])}
    yield "of another noun", {"move": name, "scope": "query", "query": token(arena, "edition", seat)}


def answers(_arena: Arena, seat: Seat, place: Any) -> Bodies:
    """Confirm a preview: without its signature, then with it, with a way back that leads elsewhere."""
    yield "unsigned", {**ANSWERS, "back": "//evil.example/"}
    page = seat.client.get(place.path.rpartition("/")[0])
    signature = re.search(r'name="signature"[^>]*value="([0-9a-f]+)"', page.text)
    back = "/admin/unit/?review_status=pending_first"
    yield "signed", {**ANSWERS, "signature": signature[1] if signature else "0", "back": back}


def table(codes: list[str]) -> Upload:
    """Return a quota table that gives each code one badge of a kind."""
    lines = [f"{number},{code},,1,1," for number, code in enumerate(codes, 1)]
    return Upload("\n".join(["序号,统一社会信用代码,单位名称,VIP额度,工作人员额度,备注", *lines]), "额度.csv")


def takers(_arena: Arena, _seat: Seat, _place: Any) -> Bodies:
    """Ask for the package of a unit that left: without saying who takes it, then with, then with too little."""
    yield from (("asks", {}), ("taken", {"taker": TAKER}), ("short", {"taker": "x"}))


def package_tokens(_arena: Arena, seat: Seat, place: Any) -> Bodies:
    """Fetch a package: with what its page handed out, then with something forged."""
    page = seat.client.post(place.path.removesuffix(".zip"), data={"taker": TAKER})
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    yield "own token", {"token": token[1] if token else "0"}
    yield "forged", {"token": f"{token[1][:-3] if token else ''}abc"}


def uploads(arena: Arena, seat: Seat, place: Any) -> Bodies:
    """Hand in a table: of quota, of tracking numbers, or of decisions where there are moves."""
    if place.noun == KEY:
        yield from _tracked(arena, seat)
    elif place.noun == "transfer_package":
        for plot in (seat.plot, _strangers(arena, seat)[-1]):
            yield "package", {"file": table([]), "password": "x", "target_id": str(plot.node_id)}
    else:
        yield from _decided(arena, seat, place.noun) if place.noun in MACHINES else _allotted(arena, seat)


def _tracked(arena: Arena, seat: Seat) -> Bodies:
    """Give numbers to own parcels, and to everybody's."""
    everybody = [number for plot in arena.plots for number in plot.parcels]
    for name, numbers in (("own parcels", seat.plot.parcels), ("everybody's parcels", everybody)):
        rows = [f"{number},顺丰速运,SF{place:010d}" for place, number in enumerate(numbers, 1)]
        yield name, {"file": Upload("\n".join(["包裹号,快递公司,快递单号", *rows]), "运单.csv")}


def _decided(arena: Arena, seat: Seat, noun: str) -> Bodies:
    """Decide on own rows, and on everybody's: even who could make check values would get nothing by them."""
    account = seat.account
    actor = replace(
        SYSTEM, account_id=0, edition_id=arena.world.edition.id, delegation_id=account.delegation_id if account else 0
    )
    move = next(iter(MACHINES[noun].moves.values()))
    offered = [one.label for one in MACHINES[noun].moves.values() if seat.role in one.who and not one.hidden]
    everybody = [mark for plot in arena.plots for mark in plot.marks[noun]]
    for name, marks in (("own rows", seat.plot.marks[noun]), ("everybody's rows", everybody)):
        for label in offered[:4] or [move.label]:
            yield name, {"file": Upload(decided(noun, actor, marks, label), "名单.csv")}


def _allotted(arena: Arena, seat: Seat) -> Bodies:
    """Hand in quota for own units, for foreign ones, and for a foreign node."""
    own, stranger = seat.plot, _strangers(arena, seat)[-1]
    for name, codes, target in (
        ("own codes", own.units, own.node_id),
        ("foreign codes", [*own.units, *(code for plot in arena.plots for code in plot.units)], own.node_id),
        ("foreign target", [factories.uscc(90_000_009)], stranger.node_id),
    ):  # fmt: skip
        yield name, {"file": table(codes), "target_id": str(target)}


def commits(_arena: Arena, _seat: Seat, _place: Any) -> Bodies:
    """Write what an upload showed."""
    yield "", {"mode": "good", "sure": "y"}


def steps(arena: Arena, seat: Seat, place: Any) -> Bodies:
    """Ask the review desk for the next row from own, foreign and missing ones, and for rows never seen."""
    plots = [seat.plot, *_strangers(arena, seat)] if place.noun in BY_NOUN else []
    ids = [plot.rows[place.noun][0] for plot in plots]
    for way in ("next", "skip", "previous", "ahead", "nowhere"):
        for row_id in (*ids, NOWHERE, "x"):
            yield f"{way}", {"way": way, "from": str(row_id)}


def decisions(_arena: Arena, seat: Seat, place: Any) -> Bodies:
    """Decide in every way there is and in some that are none, on the version that is there and on another."""
    moves = MACHINES[place.noun].moves if place.noun in MACHINES else {}
    offered = [name for name, move in moves.items() if move.key and seat.role in move.who]
    for name in [*offered, "delete", "approved", ""]:
        yield f"{name} now", {**ANSWERS, "move": name, "row_version": "1", "confirm_typed": "x"}
        yield f"{name} then", {"move": name, "row_version": "0", "sentence": "照片不清晰，请重新上传"}
    yield "junk version", {**ANSWERS, "move": (offered or ["reject"])[0], "row_version": "9" * 30}


def kept_opinions(_arena: Arena, _seat: Seat, _place: Any) -> Bodies:
    """Keep an opinion, one that is too short, and forget one that is nobody's."""
    yield "keep", {"opinion": "照片倾斜，请正面拍摄后上传"}
    yield "short", {"opinion": "短"}
    yield "forget", {"forget": "1"}
