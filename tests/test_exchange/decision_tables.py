"""Decision workbooks as people get them, fill them in and bring them back, and what is read off afterwards."""

from io import BytesIO

from openpyxl import load_workbook

from exchange import decision_book, decision_import, importing
from exchange.export import Export
from models.columns import attribute, columns_of
from workflow.actors import acting

COLUMNS = {
    "unit": ("name", "review_status"),
    "person": ("name", "review_status", "label"),
    "transfer_request": ("unit_name", "status"),
}


def exported(session, actor, model, *conditions, columns=(), lang="zh"):
    """Take a list away, in the order of its ids."""
    noun = model.__tablename__
    held = columns_of(model)
    chosen = tuple(held[key] for key in columns or COLUMNS[noun])
    asked = Export(model, chosen, list(conditions), [attribute(model, "id").expression], lang)
    with acting(session, actor):
        return b"".join(decision_book.stream(session, actor, asked))


class Table:
    """A decision workbook in a spreadsheet program: ``write`` fills a cell by heading and row, ``saved`` is the file."""

    def __init__(self, data):
        self.book = load_workbook(BytesIO(data))
        self.sheet = self.book.worksheets[0]

    @property
    def places(self):
        return {cell.value: cell.column for cell in self.sheet[1]}

    def cell(self, title, row):
        return self.sheet.cell(row, self.places[title])

    def write(self, row, decision=None, words=None, **others):
        for title, value in {"处理意见": decision, "意见": words, **others}.items():
            if value is not None:
                self.cell(title, row).value = value
        return self

    def offers(self, row):
        """Return what the drop-down of a row offers: the cells that the name in its hidden column stands for."""
        cells = self.book.defined_names[self.cell("可办理", row).value].attr_text
        sheet, _, area = cells.partition("!")
        return [cell.value for [cell] in self.book[sheet.strip("'")][area] if cell.value]

    @property
    def rows(self):
        return [
            dict(zip(self.places, [cell.value for cell in row], strict=True)) for row in self.sheet.iter_rows(min_row=2)
        ]

    def saved(self):
        data = BytesIO()
        self.book.save(data)
        return data.getvalue()


def read(session, actor, noun, data, filename="离线审核表.xlsx"):
    with acting(session, actor):
        return decision_import.read(session, actor, noun, data, filename)


def plan(session, actor, noun, data, **more):
    with acting(session, actor):
        return decision_import.plan(session, actor, read(session, actor, noun, data, **more))


def imported(session, actor, noun, data, mode="all", **more):
    """Upload, look, and say yes."""
    with acting(session, actor):
        job = importing.keep(session, actor, noun, plan(session, actor, noun, data, **more))
        session.commit()
        done = decision_import.commit(session, actor, noun, job.ref, mode)
        session.commit()
    return done


def told(planned):
    """Return row → fate and why."""
    return dict(planned.results(written=planned.is_done))


def counts(planned):
    return {fate: number for fate, number in planned.counts.items() if number}
