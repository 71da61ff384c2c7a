"""Pictures of a stranger's package: measured before they are decoded, and decoded in a child only."""

import io

import pytest
from PIL import Image

from exchange import package_pictures, picture_child, pictures
from exchange.sheet_source import SheetError
from exchange.transfer_package import Package

WHO = "ABCDEFGH23"


def png(width, height):
    """Return a white picture: few bytes for many pixels."""
    out = io.BytesIO()
    Image.new("1", (width, height), 1).save(out, "PNG")
    return out.getvalue()


def package(*files, **named):
    """Return a package with portraits of WHO, and files by name."""
    portraits = {f"files/{WHO}-PHOTO-{number}.png": content for number, content in enumerate(files)}
    return Package({"number": WHO}, {**portraits, **named})


def refusal(held, persons=(WHO,)):
    with pytest.raises(SheetError) as refused:
        package_pictures.clean(held, persons)
    return str(refused.value)


def test_small_files_with_too_many_pixels_together_are_refused_before_the_first_is_decoded(monkeypatch):
    large = png(6300, 6300)
    assert len(large) < 20_000
    monkeypatch.setattr(pictures, "check", lambda *_given, **_options: pytest.fail("decoded"))
    asked = [("a", "PHOTO", large)] * (picture_child.MOST_PIXELS // 6300**2 + 1)
    with pytest.raises(picture_child.Refused):
        picture_child.written(asked)
    assert "像素过多" in refusal(package(*(data for _name, _kind, data in asked)))


def test_a_picture_of_more_pixels_than_any_may_have_is_refused_by_its_head(monkeypatch):
    monkeypatch.setattr(pictures, "check", lambda *_given, **_options: pytest.fail("decoded"))
    with pytest.raises(picture_child.Refused, match="像素过多"):
        picture_child.written([("a", "PHOTO", png(7000, 7000))])


def test_more_pictures_than_a_package_may_hold_are_refused_unopened(monkeypatch):
    monkeypatch.setattr(package_pictures, "_written", lambda _asked: pytest.fail("opened"))
    assert "图片超过 1500 张" in refusal(package(*[b"x"] * (package_pictures.MOST + 1)))


@pytest.mark.parametrize(
    "name", ["files/ZZZZZZZZ99-PHOTO-1.png", f"files/{WHO}-LICENCE-1.png", "files/unit-PHOTO-1.png", "files/x.png"]
)
def test_a_picture_of_nobody_in_the_package_is_refused_unopened(monkeypatch, name):
    monkeypatch.setattr(package_pictures, "_written", lambda _asked: pytest.fail("opened"))
    assert refusal(package(**{name: png(10, 10)})) == f"移交包内的文件“{name}”不是单位或人员的图片；请对方重新生成"


def test_the_child_writes_each_picture_anew_and_this_process_decodes_none(monkeypatch):
    monkeypatch.setattr(pictures, "check", lambda *_given, **_options: pytest.fail("decoded here"))
    sent = [png(40, 50) + b"behind the pixels", png(60, 70)]
    found = package_pictures.clean(package(*sent), [WHO]).pictures
    sizes = [Image.open(io.BytesIO(found[name])).size for name in sorted(found)]
    assert sizes == [(40, 50), (60, 70)]
    assert not any(b"behind" in content for content in found.values())


def test_half_a_picture_is_told_by_its_name():
    whole = png(600, 600)
    said = refusal(package(png(10, 10), whole[: len(whole) // 2]))
    assert said.startswith(f"文件“files/{WHO}-PHOTO-1.png”不能使用：")
