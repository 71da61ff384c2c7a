"""Names of downloaded files: Chinese in every browser, and nothing that breaks out of the header (SECURITY I07)."""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

FALLBACK: Final = "download"
LONGEST: Final = 120

# Control characters, lone surrogates and line separators would split the header; format characters turn the reading
# direction and so disguise an extension.
_UNSEEN: Final = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_REFUSED = re.compile(r'[\\/:*?"<>|%;]+')
_NOT_ASCII = re.compile(r"[^A-Za-z0-9._-]+")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}\Z")


def safe_filename(filename: str) -> str:
    """Return the name without anything that a file system or a header trips over; never empty, never a dot file."""
    stem, extension = _split(_REFUSED.sub("_", "".join(c for c in filename if unicodedata.category(c) not in _UNSEEN)))
    return (stem.strip(" .")[:LONGEST].strip(" .") or FALLBACK) + extension


def content_disposition(filename: str) -> str:
    """Return the header value for a download: `filename*` in UTF-8 (RFC 6266, 8187), an ASCII name for old clients."""
    name = safe_filename(filename)
    stem, extension = _split(name)
    plain = (_NOT_ASCII.sub("_", stem).strip("._") or FALLBACK) + extension
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _split(name: str) -> tuple[str, str]:
    extension = _EXTENSION.search(name)
    return (name[: extension.start()], extension[0]) if extension else (name, "")
