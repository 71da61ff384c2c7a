"""Archives with a password (AES-256 as WinZip does it), so that any unpacker opens them; those of strangers are distrusted.

An archive is read into memory, within limits and entry by entry: what it says of itself is not believed.
"""

import secrets
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Final

import pyzipper

from exchange.sheet_source import MIB, SheetError
from models.kinds import ALPHABET

GROUPS, GROUP = 4, 5  # of a password: 20 of 32 characters, 100 bits
MOST_BYTES: Final = 60 * MIB
MOST_UNPACKED: Final = 96 * MIB
MOST_ENTRIES: Final = 3000
RATIO, RATIO_FROM = 50, 16 * MIB
_ENTRY_MARK: Final = b"PK\x01\x02"
_DAMAGED: Final = "移交包已损坏或不完整；请重新取得文件后再上传"
_NAMES: Final = "移交包内的文件名不合法，可能被篡改；请对方重新生成"


class WrongPassword(Exception):
    """The password does not open the archive; the message is one sentence."""


def new_password() -> str:
    """Make a password that can be read aloud and typed: four groups of five characters without look-alikes."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def seal_archive(files: Mapping[str, bytes], password: str) -> bytes:
    """Return an archive of files by name that opens with the password only."""
    out = BytesIO()
    with pyzipper.AESZipFile(out, "w", compression=zipfile.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def open_archive(data: bytes, password: str) -> dict[str, bytes]:
    """Return the files of an archive by name; raise SheetError for what is damaged or dangerous, WrongPassword."""
    if len(data) > MOST_BYTES:
        raise SheetError(f"文件超过 {MOST_BYTES // MIB} MB；请对方分几次移交")
    if not data.startswith(b"PK\x03\x04"):
        raise SheetError("文件不是移交包；请上传对方生成的 .zip 文件")
    # Counted before the directory is read: its objects alone could fill the memory.
    if data.count(_ENTRY_MARK) > MOST_ENTRIES:
        raise SheetError(f"移交包内的文件超过 {MOST_ENTRIES} 个，不像系统生成的移交包")
    try:
        with pyzipper.AESZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _check(entries)
            archive.setpassword(password.encode())
            return dict(_contents(archive, entries))
    except (SheetError, WrongPassword, MemoryError):
        raise
    except Exception as error:  # whatever the library stumbles over in a stranger's file
        raise SheetError(_DAMAGED) from error


def _check(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse names that lead elsewhere, bombs by what they declare, and what lies in the archive without a password."""
    names = [entry.filename for entry in entries]
    if len({name.lower() for name in names}) != len(names):
        raise SheetError("移交包内有重名的文件，可能被篡改；请对方重新生成")
    if any(".." in name or name.startswith("/") or "\\" in name or ":" in name or name.endswith("/") for name in names):
        raise SheetError(_NAMES)
    unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if unpacked > MOST_UNPACKED or (unpacked > RATIO_FROM and unpacked > RATIO * packed):
        raise SheetError(f"移交包展开后超过 {MOST_UNPACKED // MIB} MB 或压缩比异常，不像系统生成的移交包")
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise SheetError(_DAMAGED)  # what else there is may ask for any amount of memory
    if any(not entry.flag_bits & 1 for entry in entries):
        raise SheetError("移交包内有未加密的文件，可能被篡改；请对方重新生成")


def _contents(archive: pyzipper.AESZipFile, entries: list[zipfile.ZipInfo]) -> Iterator[tuple[str, bytes]]:
    """Unpack entry by entry; one that holds more than it declares is a bomb."""
    left = MOST_UNPACKED
    for entry in entries:
        try:
            with archive.open(entry) as file:
                content = file.read(left + 1)
        except NotImplementedError:
            raise
        except RuntimeError as error:  # the library's own word for a password that does not open
            raise WrongPassword("密码不正确；请核对后重新选择文件并上传") from error
        left -= len(content)
        if left < 0:
            raise SheetError(f"移交包展开后超过 {MOST_UNPACKED // MIB} MB 或压缩比异常，不像系统生成的移交包")
        yield entry.filename, content
