"""Every icon that is named is in the sprite: a missing one is a hole in a button that no check of the page sees."""

import re

from admin_views.screens import SCREENS
from tests.test_tooling import scan
from workflow.machines import MACHINES

SPRITE = scan.ROOT / "static/vendor/tabler-icons-3.51.0/sprite.svg"
DRAWN = set(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text()))
NAMED = re.compile(r"""icon\('([a-z0-9-]+)'""")


def test_icons_of_moves_screens_and_templates_are_drawn():
    moves = {move.icon for machine in MACHINES.values() for move in machine.moves.values()}
    templates = {name for path in scan.files(".html") for name in NAMED.findall(path.read_text())}

    assert {"check", "x"} <= templates
    assert (moves | {screen.icon for screen in SCREENS} | templates) - {""} - DRAWN == set()
