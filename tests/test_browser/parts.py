"""What pages are made of: buttons that lead on, downloads, forms by the labels of their fields."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page


def press(button: Locator) -> None:
    """Click what leads to another page, and wait for it."""
    with button.page.expect_navigation():
        button.click()


def kept(download: Any, folder: Path) -> Path:
    """Keep a downloaded file under the name it came with."""
    path = folder / download.suggested_filename
    download.save_as(path)
    return path


def line(text: str) -> str:
    """Return a text as one line."""
    return " ".join(text.split())


class Form:
    """A form: fields by their labels."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def field(self, label: str) -> Locator:
        """Return the field of that label; a star and its words may follow the label."""
        whole = re.compile(rf"^\s*{re.escape(label)}\s*(\*\s*（必填）)?\s*$")
        of_label = self.page.locator("label.form-label").filter(has_text=whole)
        return self.page.locator(f"[id='{of_label.get_attribute('for')}']")

    def fill(self, values: Mapping[str, str]) -> "Form":
        """Type into fields, or choose where there are choices."""
        for label, value in values.items():
            field = self.field(label)
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(label=value)
            else:
                field.fill(value)
        return self

    def look_up(self, label: str, words: str) -> "Form":
        """Type into a look-up field and take the first one offered."""
        self.field(label).press_sequentially(words)
        self.page.get_by_role("option", name=words).first.click()
        return self

    def upload(self, label: str, path: Path) -> "Form":
        self.field(label).set_input_files(path)
        return self

    def tick(self, label: str) -> "Form":
        self.page.get_by_label(label).check()
        return self

    def save(self) -> None:
        self.press("保存")

    def press(self, name: str) -> None:
        press(self.page.get_by_role("button", name=name, exact=True))
