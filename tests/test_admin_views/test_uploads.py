"""Pictures handed in with a form: measured, decoded and stored anew, or refused with the whole form."""

import io
import random

import pytest
from PIL import Image

from exchange.pictures import path_of
from models import Attachment, AttachmentKind, Person, Unit
from tests import factories
from tests.conftest import on_sqlite
from tests.test_admin_views._desk import Page
from tests.test_admin_views.test_forms import everything, person_fields, unit_fields

pytestmark = on_sqlite


def picture(width, height, kind="JPEG", *, noise=True):
    image = Image.new("RGB", (width, height), "white")
    if noise:
        image = Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3))
    data = io.BytesIO()
    image.save(data, kind, quality=40)
    return data.getvalue()


def upload(desk, path, fields, **files):
    token = desk.get("/account").fields["csrf_token"]
    files = {name: (io.BytesIO(data), filename) for name, (filename, data) in files.items()}
    answer = desk.client.post(path, data={"csrf_token": token, **fields, **files})
    answer.request.environ["wsgi.input"].close()  # the client keeps what is large in a file
    return Page(answer)


def test_a_licence_is_stored_anew_under_a_random_name(desk, system, world, app, tmp_path, monkeypatch):
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    data = picture(600, 400, "PNG", noise=False) + b"<script>hidden</script>"
    answer = upload(desk, "/admin/unit/new", unit_fields(world), picture_LICENCE=("../营业<执照>.php.png", data))
    row = everything(system, Attachment)[0]
    stored = path_of(tmp_path / "files", row.ref).read_bytes()
    assert (answer.status, row.kind, row.media_type, row.filename) == (
        303,
        AttachmentKind.LICENCE,
        "image/png",
        "营业执照.php.png",
    )
    assert (row.size, b"script" in stored) == (len(stored), False)
    assert Image.open(io.BytesIO(stored)).size == (600, 400)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"GIF89a" + b"\0" * 100, "单位资质证明不是可用的 JPG 或 PNG 图片，请重新导出后上传"),
        (picture(600, 400)[:3000], "单位资质证明不是可用的 JPG 或 PNG 图片，请重新导出后上传"),
        (b"\xff" * (2 * 1024 * 1024 + 1), "单位资质证明文件大小为 2048 KB，应为JPG 或 PNG，不超过 2 MB"),
        (b"", None),
    ],
    ids=["gif", "cut", "large", "empty"],
)
def test_what_is_no_picture_is_refused_with_the_whole_form(desk, system, world, data, told):
    page = upload(desk, "/admin/unit/new", unit_fields(world), picture_LICENCE=("x.png", data))
    if told is None:
        told = "单位资质证明文件大小为 0 KB，应为JPG 或 PNG，不超过 2 MB"
    assert (page.status, told in page.words) == (422, True)
    assert (everything(system, Unit), everything(system, Attachment)) == ([], [])


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((300, 400), "证件照为 300×400 像素，至少需要 358×441 像素"),
        ((600, 600), "证件照为 600×600 像素，宽高比应接近 26:32"),
    ],
)
def test_a_portrait_has_its_own_measures(desk, system, world, size, told):
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub)
    page = upload(desk, "/admin/person/new", person_fields(unit), picture_PHOTO=("x.jpg", picture(*size)))
    assert (page.status, told in page.words, everything(system, Person)) == (422, True, [])


def test_a_portrait_of_the_right_measures_is_kept_with_its_person(desk, system, world, app, tmp_path, monkeypatch):
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    with system() as session:
        unit = factories.unit(session, world.edition, world.sub)
    answer = upload(desk, "/admin/person/new", person_fields(unit), picture_PHOTO=("照片.jpg", picture(400, 500)))
    row = everything(system, Attachment)[0]
    assert (answer.status, row.kind, row.person_id) == (303, AttachmentKind.PHOTO, everything(system, Person)[0].id)
    assert (row.unit_id, row.media_type, row.filename) == (unit.id, "image/jpeg", "照片.jpg")
