"""Looking at a page with axe-core: both themes, a desktop's window and a telephone's."""

import re
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
ZOOMED = {"width": 320, "height": 568}  # a desktop's window of 1280 at 400 %
# Everything is looked at on each size of window, in one theme on the one and in the other on the other; half of the pages
# begin with the dark one.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {"target-size": {"enabled": True}}}
BOTH = (("light", WIDE), ("dark", NARROW)), (("dark", WIDE), ("light", NARROW))
NAMES = re.compile(r"[A-Z\d]+")  # of rows, in an address
RUN = """async (options) => {
    const found = await axe.run(document, {...options, resultTypes: ["violations"], selectors: false, elementRef: false});
    const covered = (node) => node.any.some((check) => check.data?.messageKey === "partiallyObscured"); // scrolled from under a bar
    return found.violations
        .map((rule) => [rule.id, rule.impact, rule.nodes.filter((node) => !covered(node)).map((node) => node.html.slice(0, 200))])
        .filter(([, , nodes]) => nodes.length);
}"""


def violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong on the page as it stands, whatever its impact."""
    page.evaluate(AXE_SCRIPT)
    found: dict[str, Any] = {}
    for theme, size in BOTH[crc32(NAMES.sub("", urlsplit(page.url).path).encode()) % 2]:
        page.set_viewport_size(size)  # type: ignore[arg-type]  # Playwright's own kind of dictionary
        page.evaluate("(theme) => (document.documentElement.dataset.bsTheme = theme)", theme)
        for rule, impact, nodes in page.evaluate(RUN, ALL):
            found.setdefault(f"{rule} ({impact}), {theme} at {size['width']}", nodes[:3])
    for size in (ZOOMED, WIDE):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # as above
        if page.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
            found[f"wider than the window at {size['width']}"] = []
    return [f"{what}: {nodes}" for what, nodes in found.items()]
