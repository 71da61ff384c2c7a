"""Archives with a password: what was changed on the way is refused in words, whatever byte it was."""

import io
import random
import zipfile

import pytest
import pyzipper

from exchange.sealed_file import WrongPassword, open_archive, seal_archive
from exchange.sheet_source import SheetError

PASSWORD = "ABCDE-FGHJK-LMNPQ-RSTUV"
FILES = {
    "manifest.json": b'{"a": 1}' * 20,
    "单位.xlsx": b"hello" * 50,
    "files/unit-LICENCE-1.jpg": bytes(range(256)) * 4,
}


def changed(data, dice):
    """Return the archive with some bytes changed, now and then cut off."""
    found = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        found[dice.randrange(len(found))] = dice.choice(
            (dice.randrange(256), 0, 255, found[dice.randrange(len(found))])
        )
    return bytes(found[: dice.randrange(len(found))] if dice.random() < 0.1 else found)


def test_whatever_bytes_of_an_archive_are_changed_it_opens_or_is_refused_in_words():
    dice, said = random.Random(20261126), set()
    data = seal_archive(FILES, PASSWORD)
    assert open_archive(data, PASSWORD) == FILES
    for _ in range(2000):
        try:
            open_archive(changed(data, dice), PASSWORD)
        except (SheetError, WrongPassword) as refused:
            said.add(str(refused))
    assert {"移交包已损坏或不完整；请重新取得文件后再上传", "密码不正确；请核对后重新选择文件并上传"} <= said


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_compression_that_this_program_does_not_use_is_refused_unopened(compression):
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", compression=compression, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(PASSWORD.encode())
        archive.writestr("manifest.json", b"{}" * 100)
    with pytest.raises(SheetError, match="已损坏或不完整"):
        open_archive(out.getvalue(), PASSWORD)
