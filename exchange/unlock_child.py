"""Opening a workbook that has a password; runs in a confined child, because the file may ask for any amount of work."""

import json
import sys
from io import BytesIO
from typing import Final

from msoffcrypto.exceptions import InvalidKeyError
from msoffcrypto.format.ooxml import OOXMLFile

OPENED, WRONG, UNKNOWN = b"O", b"W", b"U"
MOST: Final = 64 * 1024 * 1024  # bytes of what comes out


def main(_: list[str]) -> None:
    """Read one line of JSON (the password) and the file behind it; write a letter, and after ``OPENED`` the plain workbook."""
    password = json.loads(sys.stdin.buffer.readline())
    sys.stdout.buffer.write(unlocked(password, sys.stdin.buffer.read()))


def unlocked(password: str, data: bytes) -> bytes:
    """Return the letter that tells what became of the file, and the plain workbook."""
    plain = BytesIO()
    try:
        file = OOXMLFile(BytesIO(data))
        file.load_key(password=password, verify_password=file.type == "agile")
        file.decrypt(plain)
    except InvalidKeyError:
        return WRONG
    except MemoryError:
        raise  # the sandbox says that it is too big
    except Exception:  # noqa: BLE001 - whatever the library stumbles over in a stranger's file
        return UNKNOWN
    opened = plain.getvalue()
    return OPENED + opened if len(opened) <= MOST else UNKNOWN
