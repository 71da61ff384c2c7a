"""An edition that is over, full of people one would recognise, beside the one in hand: what erasing must take and must leave."""

import json
import os
import shutil
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from exchange import pictures
from models import (
    Attachment,
    Claim,
    Edition,
    ImportJob,
    Job,
    JobState,
    Notice,
    Person,
    PersonStatus,
    RecentItem,
    Role,
    Unit,
    UnitStatus,
)
from models.kinds import new_ref, now
from tests import factories
from tests.test_workflow import _cast
from tests.test_workflow.test_purge import OF_PERSON, OF_UNIT
from workflow import saved_views, trail
from workflow.actors import SYSTEM, acting, actor_for

KEPT_OF_UNIT = ("uscc", "former_uscc", "overseas_reg_no")  # an organisation's, not a person's
CANARIES = [
    str(value)
    for group in (OF_PERSON, {key: value for key, value in OF_UNIT.items() if key not in KEPT_OF_UNIT})
    for key, value in group.items()
    if isinstance(value, str) and len(value) > 1
] + ["金丝雀导入", "金丝雀任务", "金丝雀通知", "金丝雀意见", "金丝雀文件"]
OTHER = {"name": "令狐别届", "title": "别届总监", "mobile": "13966660001"}


def fill(session, world, app):
    """Work in the edition: registered, returned with an opinion, submitted, confirmed, passed, carded, deleted in part."""
    for folder in ("files", "results"):
        shutil.rmtree(Path(app.instance_path) / folder, ignore_errors=True)
    clerk, secretary = (actor_for(session, world.accounts[role]) for role in (Role.sub_delegation, Role.secretariat))
    unit = _cast.ready_unit(session, world, world.sub, review_status=UnitStatus.approved, **OF_UNIT)
    person = _cast.ready_person(session, unit, PersonStatus.pending_confirm, **OF_PERSON)
    gone = _cast.ready_person(session, unit, PersonStatus.submitted, name=OF_PERSON["name"])
    other = _cast.ready_unit(
        session, world, world.sub, review_status=UnitStatus.pending_first, remark=OF_UNIT["remark"]
    )
    session.commit()
    _cast.done(session, clerk, "person", "confirm_group_pay", person.id)
    _cast.done(session, secretary, "person", "hand_over_to_security", person.id)
    _cast.done(session, secretary, "person", "security_pass", person.id)
    _cast.done(session, clerk, "person", "delete", gone.id, {"reason": "金丝雀意见：重复登记"})
    _cast.done(session, clerk, "unit", "return_for_edit", other.id, {"opinion": "金丝雀意见：请重新上传"})
    with acting(session, clerk):
        row = session.get_one(Unit, unit.id)
        row.contact_name = OF_UNIT["contact_name"] + "二"
        session.flush()
        row.contact_name = OF_UNIT["contact_name"]
        session.flush()
    _tools(session, world, clerk, unit, Path(app.instance_path))
    with acting(session, SYSTEM):
        session.get_one(Person, person.id).opinion = OF_PERSON["opinion"]
        session.get_one(Unit, unit.id).opinion = OF_UNIT["opinion"]
        session.commit()
    return unit, person


def _tools(session, world, clerk, unit, instance):
    """Leave what work leaves beside the rows: files, uploads, jobs, notices, views, what was opened last."""
    account, here = world.accounts[Role.sub_delegation], factories.place(world.sub)
    own = {"account_id": account.id, **here}
    for row in session.scalars(select(Attachment)).all():
        path = pictures.path_of(instance / "files", row.ref)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes("金丝雀文件".encode())
    orphan = instance / "files" / "ab" / new_ref()
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes("金丝雀文件".encode())
    long_ago = (now() - timedelta(days=2)).timestamp()
    os.utime(orphan, (long_ago, long_ago))
    (instance / "results").mkdir(exist_ok=True)
    (instance / "results" / "kept").write_bytes("金丝雀任务".encode())
    content = "金丝雀导入".encode()
    factories.make(session, ImportJob, {**own, "noun": "unit", "filename": "金丝雀导入.xlsx", "target_id": world.sub.id,
                   "digest": "0" * 64, "content": content, "shown": '"金丝雀导入"', "results": "{}"}, {})  # fmt: skip
    factories.make(session, Job, {**own, "role": "sub_delegation", "kind": "export", "label": "导出金丝雀任务",
                   "state": JobState.done, "file": "kept", "ended_at": now(), "filename": "金丝雀任务.xlsx",
                   "asked": json.dumps({"x": "金丝雀任务"}, ensure_ascii=False)}, {})  # fmt: skip
    factories.make(session, Notice, {**here, "role": "sub_delegation", "sentence": "金丝雀通知"}, {})
    factories.make(session, RecentItem, {"account_id": account.id, "noun": "unit", "object_id": unit.id}, {})
    factories.make(session, Claim, {"account_id": account.id, "noun": "unit", "object_id": unit.id, "until": now()}, {})
    with acting(session, clerk):
        saved_views.keep(session, clerk, "person", "我的视图", {"f": [], "s": OF_PERSON["name"]})
        saved_views.keep(session, clerk, "person", "本市人员", {"f": [["unit.city", "福州市"]]})
        trail.note(session, "person.export", "person", changes={"筛选": OF_PERSON["name"]}, reason=OF_UNIT["remark"])
    session.commit()


def end(session, world):
    """Let the edition be over for a year, and another be in hand, with people of its own."""
    with acting(session, SYSTEM):
        old = session.get_one(Edition, world.edition.id)
        today = now().date()
        old.is_current = False
        old.opens_at = now() - timedelta(days=500)
        old.show_opens_on, old.show_closes_on = today - timedelta(days=401), today - timedelta(days=400)
        session.flush()
        new = factories.edition(session, name="第九届进博会", opens_at=now() + timedelta(seconds=1))
        for node in (world.province, world.sub):
            factories.node_settings(session, new, node)
        unit = factories.unit(session, new, world.sub, contact_name="别届联系")
        person = factories.person(session, unit, **OTHER)
        session.commit()
        with acting(session, actor_for(session, world.accounts[Role.sub_delegation])):
            trail.note(session, "person.edit", "person", person.id, person.ref, {"name": ["令狐旧名", OTHER["name"]]})
            session.commit()
    return new, person
