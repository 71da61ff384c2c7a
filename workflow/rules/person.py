"""Adding and editing a person (DOMAIN §1.2 P1; §2.3; §4.2 quota reserved at save)."""

from importlib import import_module

from models import CertMode, GetMethod, GroupPayDecision, IdType, Label, Person, PersonStatus, Role
from models.columns import columns_of
from models.person import LIVE
from models.unit import OUT
from models.validators import check_card_no, check_english_name
from workflow import quota
from workflow.rules import identity, places
from workflow.rules.change import Change, Rules, store

CHECKED = tuple(key for key, column in columns_of(Person).items() if column.identity)
APPROVAL = tuple(key for key in CHECKED if columns_of(Person)[key].identity == "approval")
WITH_UNIT = (PersonStatus.draft, PersonStatus.returned)
# What a badge costs hangs on these; the fee is that of the decision (DOMAIN §4.3).
PRICED = {
    "period": "统付决定后入场信息不能修改，费用已按此确定；确需修改的，请由分团删除该人员后重新登记",
    "cert_mode": "统付决定后办理方式不能修改，费用已按此确定；不能复用原证件的，审核通过后由省交易团秘书处改为重新申办",
}
MODES = (CertMode.new, CertMode.reapply, CertMode.reuse)


def prepare(change: Change) -> None:
    """Place the person at its unit, read its paper, and record the consent given with the form."""
    places.at_unit(change)
    identity.read_paper(change)
    change.check("name_en", check_english_name)
    change.check("old_card_no", check_card_no)
    edition = places.edition_of(change)
    if change.given.get("consent") and edition is not None and change.get("consent_at") is None:
        change.values["consent_at"], change.values["consent_version"] = change.at, edition.consent_version


def problems(change: Change) -> None:
    """Note everything that is wrong with the person."""
    places.refuse_locked(change)
    places.refuse_closed(change, "person_closes_at", "人员登记")
    unit = places.unit_of(change)
    if unit is not None and unit.review_status in OUT:
        change.refuse("unit_id", f"所属单位{unit.review_status.label}，不能登记或修改人员")
    if not change.creating:
        _refuse_edit(change)
    identity.refuse_paper(change)
    _refuse_mode(change)


def _refuse_edit(change: Change) -> None:
    status = change.row.review_status
    if status not in LIVE:
        change.refuse("", f"{status.label}的人员不能修改")
    elif change.actor.role is Role.unit and status not in WITH_UNIT:
        change.refuse("", "人员已提交，不能修改；如需修改请联系所属分团退回")
    if change.row.group_pay_decision is not GroupPayDecision.undecided:
        for key, sentence in PRICED.items():
            if change.changes(key):
                change.refuse(key, sentence)


def _refuse_mode(change: Change) -> None:
    mode = change.get("cert_mode")
    if change.changes("cert_mode") and mode not in MODES:
        change.refuse("cert_mode", "办理方式应为新办、重新申办或证件复用；升级换发和补办由系统办理")
    if mode is CertMode.reuse and change.changes("cert_mode", "old_card_no", "old_edition"):
        for key, label in (("old_card_no", "原证件号"), ("old_edition", "原届次")):
            if not change.get(key):
                change.refuse(key, f"证件复用须填写“{label}”")
        edition = places.edition_of(change)
        if edition is not None and change.get("old_edition") not in (None, *edition.reuse_editions.split(",")):
            change.refuse("old_edition", f"本届只能复用第{edition.reuse_editions}届的证件，请改选“重新申办”")


def write(change: Change) -> None:
    """Reserve the free label's place, then store; a changed identity goes back to the police."""
    label = change.values.get("label", Label.PROFESSIONAL)
    looked_at = not change.creating and change.changes(*CHECKED)
    on_card = looked_at and change.changes(*APPROVAL)
    if change.creating:
        quota.reserve_many(change.session, {(change.get("unit_id"), label): 1})
    store(change)
    if looked_at:
        # The tables of moves are built on the engine, which is built on this package's neighbours.
        import_module("workflow.identity").changed(change.session, change.actor, change.row, on_card=on_card)


RULES = Rules(
    prepare=prepare,
    problems=problems,
    write=write,
    taken={"id_no": "该证件号码已由其他单位登记（一人一证），请核对或联系省交易团秘书处"},
    needs={
        "mailed": ("get_method", lambda method: method is GetMethod.MAIL),
        "overseas": ("id_type", lambda kind: kind is IdType.PASSPORT),
    },
    extra=frozenset({"consent"}),
)
