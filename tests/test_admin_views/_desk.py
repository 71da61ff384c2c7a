"""A clerk at the desk without scripts: presses a button, reads the preview, fills it in, says yes, reads the receipt."""

from html.parser import HTMLParser

from sqlalchemy import event, select

from extensions import db
from models import DelegationEdition, PersonStatus, Unit, UnitStatus
from tests.browser import token

OPINION = "执照照片不清晰，请重新上传"
PENDING, DRAFT, RETURNED = UnitStatus.pending_first, UnitStatus.draft, UnitStatus.returned
WAITING = PersonStatus.pending_confirm

VOID = {"input", "br", "img", "meta", "link", "use"}


class Page(HTMLParser):
    """What a page says: ``status``, ``words`` (all text in one line), ``fields`` by name, ``cells`` of its tables,
    ``figures`` (number, word), ``buttons`` (label → address) and ``links`` (label → address).
    """

    def __init__(self, response):
        super().__init__()
        self.status, self.location, self.response = response.status_code, response.location, response
        self.fields, self.cells, self.buttons, self.links, self._figures = {}, [], {}, {}, []
        self._open, self._words, self._action = [], [], ""
        self.feed(response.text if response.mimetype == "text/html" else "")

    @property
    def words(self):
        return " ".join(" ".join(self._words).split())

    @property
    def figures(self):
        return [" ".join(text.split()) for text in self._figures]

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "form":
            self._action = found.get("action", "")
        if tag == "tr":
            self.cells.append([])
        if tag in ("td", "th") and self.cells:
            self.cells[-1].append("")
        if "figure" in found.get("class", "").split():
            self._figures.append("")
        if tag == "button":
            found["address"], found["said"] = found.get("formaction", self._action), []
        self._field(tag, found)
        if tag not in VOID:
            self._open.append((tag, found))

    def _field(self, tag, found):
        name = found.get("name")
        if tag == "option" and "selected" in found:
            name = self._nearest("select").get("name")
        if name is None:
            return
        if tag in ("select", "textarea"):
            self.fields[name] = ""
        elif tag == "option" or (tag == "input" and (found.get("type") != "checkbox" or "checked" in found)):
            self.fields[name] = found.get("value", "")
        elif tag == "input":
            self.fields.setdefault(name, None)

    def _nearest(self, tag):
        return next((found for name, found in reversed(self._open) if name == tag), {})

    def handle_endtag(self, tag):
        while any(name == tag for name, _ in self._open):
            name, found = self._open.pop()
            if name == "button":
                self.buttons["".join(found["said"]).strip()] = found["address"]
            if name == tag:
                return

    def handle_data(self, data):
        if any(name in ("script", "style", "head") for name, _ in self._open):
            return
        self._words.append(data)
        if (button := self._nearest("button")) and "said" in button:
            button["said"].append(data)
        if link := self._nearest("a"):
            self.links[data.strip()] = link.get("href")
        if any("figure" in found.get("class", "").split() for _, found in self._open):
            self._figures[-1] += f"{data} "
        if "name" in (area := self._nearest("textarea")):
            self.fields[area["name"]] += data.lstrip("\r\n")
        if any(name in ("td", "th") for name, _ in self._open) and self.cells:
            self.cells[-1][-1] += data.strip()

    @property
    def rows(self):
        """The cells of the body rows, without the headings."""
        return [row for row in self.cells if row][1:]


class Desk:
    """A logged-in clerk with one browser."""

    def __init__(self, client, login, account):
        self.client = client
        self._token = ""
        login(account)

    def get(self, path, **options):
        return Page(self.client.get(path, **options))

    def post(self, path, **fields):
        data = {name: value for name, value in fields.items() if value is not None and name != "csrf_token"}
        answer = Page(self.client.post(path, data={"csrf_token": self.token(), **data}))
        if path == "/logout":
            self._token = ""  # whoever comes next has another
        return answer

    def token(self):
        """Return the token of the clerk's session, from a small page."""
        self._token = self._token or token(self.client, "/password")
        return self._token

    def choose(self, noun, move, ids, **fields):
        """Press a bulk button for ticked rows; return the answer to it."""
        return self.post(f"/admin/{noun}/moves", move=move, scope="rows", rowid=list(ids), **fields)

    def preview(self, noun, move, ids):
        """Press a bulk button for ticked rows; return the preview page, which knows its own ``address``."""
        answer = self.choose(noun, move, ids)
        assert answer.status == 303, answer.words
        page = self.get(answer.location)
        page.address = answer.location.partition("?")[0]
        return page

    def confirm(self, page, **answers):
        """Fill in the page and say yes; return the answer."""
        answer = self.post(f"{page.address}/confirm", **{**page.fields, **answers})
        answer.address = page.address
        return answer

    def refresh(self, page, **answers):
        """Fill in the page and ask for a new preview."""
        answer = self.post(f"{page.address}/preview", **{**page.fields, **answers})
        answer.address = page.address
        return answer


def states(system, column=Unit.review_status):
    with system() as session:
        return list(session.scalars(select(column).order_by(column.class_.id)))


def titles(system, ids):
    with system() as session:
        return [session.get_one(Unit, number).name for number in ids]


def cap(system, world, amount):
    with system() as session:
        node = session.scalars(select(DelegationEdition).where(DelegationEdition.delegation_id == world.sub.id)).one()
        node.group_pay_grant, node.group_pay_cap = max(amount, node.group_pay_grant), amount


def statements(app, desk, address):
    """Return how many statements a page asks of the database."""
    told = []
    with app.app_context():
        engine = db.engine
    desk.get(address)  # the first page of a session stores its token

    def listen(*arguments):
        told.append(arguments[2])

    event.listen(engine, "before_cursor_execute", listen)
    assert desk.get(address).status == 200
    event.remove(engine, "before_cursor_execute", listen)
    return len(told)
