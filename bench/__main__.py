"""Run the benches named on the command line, or all: ``python -m bench [moves ...]``.

``python -m bench recognition FOLDER TRUTH.csv`` reads real licences: what follows that name belongs to it.
"""

import sys
from collections.abc import Callable

from bench import background, badges, chain, exports, jobs, lists, moves, quota_imports, recognition, start_page

BENCHES: dict[str, Callable[[], object]] = {
    "background": background.run,
    "badges": badges.run,
    "chain": chain.run,
    "moves": moves.run,
    "lists": lists.run,
    "exports": exports.run,
    "imports": quota_imports.run,
    "start": start_page.run,
    "jobs": jobs.run,
    "recognition": recognition.run,
}


def main(names: list[str]) -> int:
    """Run benches in order; a name that is none is told with those there are."""
    if names[:1] == ["recognition"]:
        return recognition.run(*names[1:])
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"没有“{'、'.join(unknown)}”，可选：{'、'.join(BENCHES)}", file=sys.stderr)
        return 2
    for name in names or BENCHES:
        BENCHES[name]()
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
