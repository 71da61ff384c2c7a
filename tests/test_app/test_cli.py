"""The commands: each one call, a sentence, and an exit code that scripts can trust."""

import re

import pytest
from sqlalchemy import delete, func, select, update

from models import Account, Audit, AuditHead, Delegation, QuotaPool, Role
from tests.browser import log_in, submit
from workflow.sessions import writing_sets


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()

    def command(*words):
        done = runner.invoke(args=list(words))
        return done.exit_code, done.output

    return command


@pytest.mark.usefixtures("world")
def test_books_that_agree(run):
    assert run("check-books") == (0, "账目一致\n")


def test_books_that_differ_are_told_and_fail(run, system, world):
    with system() as session, writing_sets(session):
        session.execute(update(QuotaPool).where(QuotaPool.delegation_id == world.sub.id).values(allocated=21))
    code, output = run("check-books")

    assert code == 1
    assert output.splitlines()[-1] == "Error: 共 2 处不一致"
    assert len(output.splitlines()) == 3


@pytest.mark.usefixtures("world")
def test_an_unbroken_audit_trail(run):
    assert run("verify-audit") == (0, "审计日志完整\n")


@pytest.mark.usefixtures("world")
def test_a_trail_is_compared_with_checkpoints_kept_elsewhere(run, system, tmp_path):
    code, line = run("audit-checkpoint")
    kept = tmp_path / "kept.jsonl"
    kept.write_text(line, encoding="ascii")
    assert (code, run("verify-audit", "--checkpoints", str(kept))) == (0, (0, "审计日志完整\n"))
    with system() as session:
        session.connection().execute(delete(Audit))
        session.connection().execute(delete(AuditHead))
    code, output = run("verify-audit", "--checkpoints", str(kept))
    assert (code, "审计日志末尾被截去" in output) == (1, True)
    kept.write_text("x", encoding="ascii")
    assert run("verify-audit", "--checkpoints", str(kept))[0] == 1


@pytest.mark.usefixtures("world")
def test_a_changed_audit_row_is_found(run, system):
    with system() as session, writing_sets(session):
        session.execute(update(Audit).where(Audit.id == 3).values(actor="nobody"))

    assert run("verify-audit") == (1, "Error: 审计日志第 3 条与校验值不符\n")


def told(output):
    """Return the initial password that was printed."""
    [password] = re.findall(r"初始密码：(\S+)", output)
    return password


def create(run, world):
    return run(
        "account", "create", "clerk9", "--name", "赵六", "--role", "sub_delegation", "--delegation", world.sub.code
    )


def test_an_account_is_made_with_an_initial_password_told_once(run, app, system, world):
    code, output = create(run, world)
    password = told(output)

    assert code == 0
    assert output == (f"用户名：clerk9\n初始密码：{password}\n（只显示这一次，72 小时内有效，首次登录须修改）\n")
    with system() as session:
        made = session.scalars(select(Account).where(Account.username == "clerk9")).one()
        assert (made.name, made.role, made.delegation_id, made.must_change_password) == (
            "赵六", Role.sub_delegation, world.sub.id, True,
        )  # fmt: skip
        trail = "".join(session.scalars(select(Audit.changes)))
    assert password not in trail
    client = app.test_client()
    assert log_in(client, "clerk9", password).status_code == 302
    assert client.get("/admin/").location == "/password"


PROVINCE = (
    "delegation",
    "create-province",
    "FJ",
    "--name",
    "福建省交易团",
    "--short-name",
    "福建省团",
    "--referral-code",
)


def test_an_empty_installation_is_set_up_by_commands_and_the_desk(run, app, system):
    """Province, its administrator, and from there the edition, a sub-delegation and its clerk, all by forms."""
    assert run(*PROVINCE, "Q2021391")[0] == 0
    password = told(run("account", "create", "admin9", "--name", "钱七", "--role", "sysadmin", "--delegation", "FJ")[1])
    client, chosen = app.test_client(), "maple-Canyon-92-sledge"
    log_in(client, "admin9", password)
    submit(client, "/password", new=chosen, repeated=chosen)
    dates = dict.fromkeys(("unit_closes_at", "person_closes_at", "pay_closes_at"), "2031-10-20T00:00")
    dates |= {"opens_at": "2020-01-01T00:00", "show_opens_on": "2031-11-05", "show_closes_on": "2031-11-10"}
    dates |= {"consent_version": "1"}
    edition = {"code": "E9", "name": "第九届进博会", "is_current": "1", "minimum_age": "18", **dates}
    assert submit(client, "/admin/edition/new", **edition).status_code == 303
    with system() as session:
        province = session.scalars(select(Delegation)).one()
    node = {"code": "XM", "name": "厦门交易分团", "short_name": "厦门分团", "kind": "GOVERNMENT", "is_active": "1"}
    node |= {"referral_code": "Q2021391", "parent_id": province.id}
    assert submit(client, "/admin/delegation/new", **node).status_code == 303
    with system() as session:
        sub = session.scalars(select(Delegation).where(Delegation.code == "XM")).one()
        assert (sub.province_id, session.scalar(select(func.count(QuotaPool.id)))) == (province.id, 4)
    clerk = {"username": "xiamen1", "name": "孙八", "role": "sub_delegation", "delegation_id": sub.id, "is_active": "1"}
    assert submit(client, "/admin/account/new", **clerk).status_code == 303
    assert client.get("/admin/").status_code == 200
    assert run("check-books") == (0, "账目一致\n")


def test_a_province_with_a_wrong_or_used_code_is_refused_in_a_sentence(run):
    assert run(*PROVINCE, "2021391") == (1, "Error: 推荐码应为Q加7位数字，如Q2021391\n")
    assert run(*PROVINCE, "Q2021391")[0] == 0
    assert run(*PROVINCE, "Q2021391") == (1, "Error: 该代码已使用，请换一个\n")


def test_an_account_is_made_once_and_only_at_a_known_node(run, world):
    create(run, world)

    assert create(run, world) == (1, "Error: 用户名“clerk9”已被使用，请换一个\n")
    assert run("account", "create", "x", "--name", "赵六", "--role", "auditor", "--delegation", "NOWHERE") == (
        1,
        "Error: 没有代码为“NOWHERE”的交易团或分团，请核对\n",
    )


def test_a_reset_ends_password_and_sessions(run, app, world, client, login):
    clerk = world.accounts[Role.sub_delegation]
    login(clerk)
    code, output = run("account", "reset", clerk.username)
    password = told(output)

    assert code == 0
    assert client.get("/account").status_code == 302
    assert login(clerk).status_code == 422
    newcomer = app.test_client()
    assert log_in(newcomer, clerk.username, password).status_code == 302
    changed = submit(newcomer, "/password", new="maple-Canyon-92-sledge", repeated="maple-Canyon-92-sledge")
    assert changed.location == "/admin/"


def test_an_unknown_account_cannot_be_reset(run):
    assert run("account", "reset", "nobody") == (1, "Error: 没有用户名“nobody”，请核对\n")


@pytest.mark.parametrize(
    ("stale", "words", "ended"),
    [
        (["docs/states.md"], ["docs", "--check"], (1, "Error: 文档已过期，请执行 ./run docs：docs/states.md\n")),
        (["docs/states.md"], ["docs"], (0, "")),
        ([], ["docs", "--check"], (0, "")),
    ],
)
def test_stale_documentation_fails_a_check(run, monkeypatch, stale, words, ended):
    monkeypatch.setattr("docs_writer.write", lambda *, check: stale if check else [])

    assert run(*words) == ended


def test_demo_data_are_loaded_once_and_their_accounts_told_each_time(run, app):
    first = run("demo", "--units", "3", "--seed", "1")
    accounts = re.findall(
        r"^  (\S+) +((?:[2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4})  (\S+) · \S+$", first[1], re.MULTILINE
    )

    assert first[0] == 0
    assert len(accounts) == len(first[1].splitlines()) >= 6
    username, password, _ = accounts[0]
    assert log_in(app.test_client(), username, password).status_code == 302
    assert run("demo", "--if-empty") == first
    code, sentence = run("demo")
    assert (code, sentence.startswith("Error: 数据库中已有数据，演示数据只能装入空数据库")) == (1, True)


def test_demo_data_keep_the_books(run):
    run("demo", "--units", "20")

    assert run("check-books") == (0, "账目一致\n")
    assert run("verify-audit") == (0, "审计日志完整\n")
