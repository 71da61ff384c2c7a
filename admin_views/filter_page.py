"""Filters as people see them: the chips of what is chosen, by group, and the panel from which more is chosen."""

from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from admin_views import stored
from admin_views.filters import EMPTY, NOT, OWN, Filter
from admin_views.listing import Chosen, Listing, Query
from admin_views.nodes import Nodes
from admin_views.query import ALL, ANY, MATCH, MOST_GROUPS, Group
from admin_views.screen import Screen
from admin_views.told import HIDDEN
from exchange.names import names_of

if TYPE_CHECKING:
    from admin_views.list_page import Reader

FILTERS = "filters"  # the panel, which a page carries only when asked for
MOST_NODES = 100  # more than so many nodes are looked up instead of listed
IS, RANGE, FILLED = "is", "range", "filled"  # how the panel's form compares, beside the endings of keys
_KINDS = {"day": "date", "number": "number", "enum": "enum", "bool": "bool", "choice": "enum", "node": "enum"}


def operation_label(found: Filter, operation: str) -> str:
    """Return how a filter compares, in words."""
    if operation in ("from", "to"):
        day = found.kind == "day"
        return {"from": _("不早于") if day else _("不小于"), "to": _("不晚于") if day else _("不大于")}[operation]
    return {
        "": _("是"), IS: _("是"), NOT: _("不是"), "contains": _("包含"), "starts": _("开头是"), RANGE: _("介于"),
        EMPTY: _("为空"), FILLED: _("不为空"), OWN: _("仅本级"),
    }[operation]  # fmt: skip


def filters_page(reader: "Reader", screen: Screen, listing: Listing, *, opened: bool) -> dict[str, Any]:
    """Return the chosen filters, and the panel of all filters only when it is asked for."""
    query = listing.query
    chosen = [_chip(reader, listing, one) for one in query.chosen]
    groups = [_group(reader, listing, group) for group in query.groups]
    if listing.sealed_search and query.search is not None:
        drop = [("q", listing.sealed_search)]
        label = {"label": _("搜索"), "op_label": "", "value_label": stored.mark(query.search.shown)}
        chosen.append({**label, "remove_url": listing.address(reader.base, drop=drop)})
    return {
        "available": panel(reader, screen, query.nodes) if opened else [],
        "open_url": "" if opened or not screen.filters else listing.address(reader.base, panel=FILTERS),
        "action_url": f"{reader.base}filter",
        "groups_to_join": range(1, MOST_GROUPS + 1),
        "chosen": chosen,
        "groups": groups,
        "count": len(chosen) + sum(len(group["chips"]) for group in groups),
        "match": _match(reader, listing) if len(query.chosen) + len(groups) > 1 else None,
        "clear_url": f"{reader.base}?view=0" if chosen or groups else "",  # all rows, whatever view it begins with
    }


def _match(reader: "Reader", listing: Listing) -> dict[str, str]:
    """Say whether all conditions hold or any one, with the address that says the other."""
    if listing.query.any_of:
        there = listing.address(reader.base, drop=[(MATCH, ANY)])
        return {"label": _("满足任一"), "switch_label": _("改为全部满足"), "switch_url": there}
    there = listing.address(reader.base, (), **{MATCH: ANY})
    return {"label": _("全部满足"), "switch_label": _("改为满足任一"), "switch_url": there}


def _group(reader: "Reader", listing: Listing, group: Group) -> dict[str, Any]:
    name = f"g{group.number}"
    if group.any_of:
        label, other, there = _("任一"), _("改为全部满足"), listing.address(reader.base, (), **{name: ALL})
    else:
        label, other, there = _("全部"), _("改为满足任一"), listing.address(reader.base, drop=[(name, ALL)])
    return {
        "label": _("第%(n)s组（%(mode)s）", n=group.number, mode=label),
        "switch_label": other,
        "switch_url": there,
        "remove_url": listing.address(reader.base, drop=group.pairs),
        "chips": [_chip(reader, listing, chosen) for chosen in group.chosen],
    }


def _chip(reader: "Reader", listing: Listing, chosen: Chosen) -> dict[str, Any]:
    operation, value = _said(reader, chosen, listing.query.nodes)
    return {
        "label": chosen.filter.label(reader.lang),
        "op_label": operation,
        "value_label": value,
        "remove_url": listing.address(reader.base, drop=chosen.pairs),
    }


def _said(reader: "Reader", chosen: Chosen, nodes: Nodes) -> tuple[str, str]:
    """Return how a condition compares and with what."""
    if chosen.operation == EMPTY:
        return operation_label(chosen.filter, EMPTY if chosen.values[-1] else FILLED), ""
    values = _("、").join(said_values(reader, chosen, nodes))
    typed = chosen.filter.kind in ("node", "link", "text")
    return operation_label(chosen.filter, chosen.operation), stored.mark(values) if typed else values


def said_values(reader: "Reader", chosen: Chosen, nodes: Nodes) -> list[str]:
    """Return the chosen values as people say them."""
    if chosen.filter.kind == "link":
        names = names_of(reader.session, chosen.filter.column.links, chosen.values)
        return [names.get(value, f"#{value}") for value in chosen.values]
    said = dict(chosen.filter.choices(nodes, reader.lang))
    return [said.get(raw, raw) for raw in chosen.raw]


def said_query(reader: "Reader", query: Query) -> str:
    """Return filters and search as one line, for the audit trail and a batch's source."""

    def told(chosen: Chosen) -> str:
        return chosen.filter.label("zh") + "".join(_said(reader, chosen, query.nodes))

    parts = [told(chosen) for chosen in query.chosen]
    parts += ["（" + ("或" if group.any_of else "且").join(map(told, group.chosen)) + "）" for group in query.groups]
    said = ["；或".join(parts)] if query.any_of and parts else parts
    if query.search is not None:
        said.append(_("搜索“%(text)s”", text=query.search.shown))
    return "；".join(said) or _("全部")


def panel(reader: "Reader", screen: Screen, nodes: Nodes) -> list[dict[str, Any]]:
    """Return what can be filtered by: one row each, with the ways to compare."""
    found = [one for one in screen.filters.values() if one.kind != HIDDEN]
    return [_field(reader, one, nodes) for one in found if one.kind != "node" or len(nodes.names) > 1]


def _field(reader: "Reader", found: Filter, nodes: Nodes) -> dict[str, Any]:
    choices = found.choices(nodes, reader.lang)
    looked_up = found.kind == "link" or len(choices) > MOST_NODES
    address = f"/admin/{found.column.links}/lookup" if found.column.links else f"{reader.base}lookup?field={found.key}"
    ways = dict.fromkeys(way for operation in found.operations for way in _ways(operation))
    return {
        "key": found.key,
        "label": found.label(reader.lang),
        "kind": "lookup" if looked_up else _KINDS.get(found.kind, "text"),
        "choices": [] if looked_up else choices,
        "typed": found.kind == "node",
        "lookup_url": address if looked_up else "",
        "operations": [(way, operation_label(found, way)) for way in ways],
        "is_range": RANGE in ways,
    }


def _ways(operation: str) -> tuple[str, ...]:
    """Return how the panel offers an operation: both ends of a range together, empty and not empty apart."""
    ways = {"": (IS,), "from": (RANGE,), "to": (RANGE,), EMPTY: (EMPTY, FILLED)}
    return ways.get(operation, (operation,))
