"""Functions that may run SQL outside the scope of the session, each with its reason.

Key: `file::function` (a method and an inner function by its own name, an inner one after its outer: `outer.inner`).
"""

NAMED_PLACES: dict[str, str] = {
    "admin_views/told.py::condition": "dates the batch of a notice within the reader's scope; the rows it narrows are scoped",
    "admin_views/told.py::done_in_batch": "ids of a batch told by a notice within the reader's scope; the rows they pick are scoped",
    "demo/rows.py::count": "counts the database's pages for its planner after a bulk load; reads and writes no rows",
    "workflow/keeping/vacuum.py::vacuum": "gives the room of erased rows back to the disk; reads and writes no rows",
    "workflow/keeping/vacuum.py::_do": "the same, outside any transaction, as VACUUM demands; reads and writes no rows",
    "workflow/sessions.py::tune.prepare": "sets SQLite's pragmas on a new connection; reads and writes no rows",
    "workflow/sessions.py::tune.begin": "opens SQLite's transaction as a writer; reads and writes no rows",
}
