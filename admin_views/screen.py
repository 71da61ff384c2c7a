"""What one screen of the back office declares beyond its model's columns."""

from dataclasses import dataclass
from functools import cached_property

from admin_views import hints, told, trail_filters
from admin_views.filters import Filter, Flag, filters_of
from exchange.names import title_of
from models import AttachmentKind, Base
from models.columns import Column, columns_of

DEFAULT_SORTS = ("created_at", "at")


@dataclass(frozen=True)
class Related:
    """A list on a details page: the rows of ``noun`` whose column ``by`` holds the shown row's id."""

    noun: str
    by: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Screen:
    """One noun's place in the menu, filters beyond its columns, lists on its details page, and pictures its form takes."""

    model: type[Base]
    group: str
    icon: str
    help: str = ""
    first: str = ""
    also_filter: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    related: tuple[Related, ...] = ()
    pictures: tuple[AttachmentKind, ...] = ()
    opens: str = ""  # the endpoint that shows a row by its reference, where that is a page of its own
    ticks: tuple[tuple[str, str], ...] = ()  # declarations of the form beyond its columns: name, words
    ways: tuple[
        tuple[str, str, str, str], ...
    ] = ()  # pages and files beside the list: label, endpoint, icon, right that opens it
    starts: tuple[
        tuple[str, str, str], ...
    ] = ()  # acts above the list: label, endpoint to post to, the person's move behind it
    link: tuple[str, str] = ("id", "")  # the row's own page, below the list: a column's value and what follows it

    @property
    def noun(self) -> str:
        """The table's name: the key of rights, moves and routes."""
        return self.model.__tablename__

    @cached_property
    def filters(self) -> dict[str, Filter]:
        """The filters by key."""
        return {
            **filters_of(self.model, self.also_filter, self.flags),
            **hints.filters(self.model),
            **told.filters(self.model),
            **trail_filters.filters(self.model),
        }

    @cached_property
    def listed(self) -> tuple[Column, ...]:
        """The columns of the list; what names a row comes first, then the unit it belongs to."""
        listed = [column for column in columns_of(self.model).values() if column.listed and not column.hidden]
        title = self.first or title_of(self.model).key
        return tuple(sorted(listed, key=lambda column: (column.key != title, column.key != "unit_id")))

    @cached_property
    def sorts(self) -> tuple[str, ...]:
        """The columns a reader may sort by, besides the id."""
        return tuple(
            column.key
            for column in self.listed
            if column.kind not in ("sealed", "link") and (column.kind != "text" or column.length is not None)
        )

    @cached_property
    def default_sort(self) -> str:
        """The newest first: by the moment the row came, else by its id."""
        columns = columns_of(self.model)
        return next((key for key in DEFAULT_SORTS if key in columns), "id")

    @cached_property
    def state(self) -> str:
        """The column that a table of moves drives, "" where there is none."""
        return next(
            (c.key for c in columns_of(self.model).values() if c.state and c.key in ("review_status", "status")), ""
        )

    def has(self, key: str) -> bool:
        """Whether the model has a column."""
        return key in columns_of(self.model)
