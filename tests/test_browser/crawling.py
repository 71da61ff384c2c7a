"""Finding the product's pages by their links, one of each kind, so that a new page is looked at without being named."""

from collections import deque
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect

from admin_views.screens import BY_NOUN
from app import create_app
from settings import Settings
from tests.product import Product

# Addresses that answer with no page: files, look-ups, signs of life, and what only leads on.
NO_PAGE = {
    "locking.own",  # leads on
    "static", "admin.static", "health.livez", "health.readyz", "start", "file.download", "auth.language", "*.lookup",
    "importing.blank", "importing.workbook", "review.picture", "jobs.state", "gate.answer",
    "gate.void_list", "saved_views.open_view", "*.filter", "*.cell",
}  # fmt: skip
RICH = ("unit", "person")
LINKS = """() => [...document.querySelectorAll("a[href]")].map((link) => link.href)"""

Kind = tuple[str, ...]


def rules_of(product: Product) -> Map:
    """Return the addresses that the product knows."""
    settings = Settings.from_environment(product.environment, product.folder)
    return create_app(settings).url_map


class Crawl:
    """Walks from link to link; ``seen`` holds the kinds of pages that were visited."""

    def __init__(self, product: Product, *, every_noun: bool = False) -> None:
        self.rules = rules_of(product)
        self.adapter = self.rules.bind("127.0.0.1")
        self.address = product.address
        self.every_noun = every_noun
        self.seen: set[Kind] = set()

    def kind(self, address: str) -> Kind | None:
        """Return what kind of page an address leads to; None for no page of ours."""
        parts = urlsplit(address)
        if not address.startswith(self.address) or parts.path == "/logout":
            return None
        try:
            endpoint, arguments = self.adapter.match(parts.path, method="GET")
        except (HTTPException, RequestRedirect):
            return None
        name = self._name(endpoint)
        if name in NO_PAGE:
            return None
        noun = endpoint.partition(".")[0]
        own = noun if noun in BY_NOUN and (self.every_noun or noun in RICH) else ""
        words = [value for value in arguments.values() if isinstance(value, str) and value.islower()]
        return (name, own, *words, *parse_qs(parts.query).get("panel", []))

    @staticmethod
    def _name(endpoint: str) -> str:
        """Return the name of an endpoint; the pages of all nouns go by one name."""
        blueprint, _dot, name = endpoint.partition(".")
        return f"*.{name}" if blueprint in BY_NOUN else endpoint

    def walk(self, start: str, visit: Callable[[str], list[str]]) -> None:
        """Visit one page of every kind that links lead to; ``visit`` returns the links of the page it was given."""
        waiting = deque([f"{self.address}{start}"])
        while waiting:
            address = waiting.popleft()
            kind = self.kind(address)
            if kind is not None and kind not in self.seen:
                self.seen.add(kind)
                waiting.extend(visit(address))

    def unseen(self) -> Iterator[str]:
        """Yield the endpoints that show pages and were never visited."""
        names = {self._name(rule.endpoint) for rule in self.rules.iter_rules() if "GET" in (rule.methods or ())}
        yield from sorted(names - NO_PAGE - {kind[0] for kind in self.seen})
