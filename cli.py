"""The program's commands (``flask --app app …``), each a call to one function."""

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, ScriptInfo, with_appcontext
from sqlalchemy import select

import docs_writer
from admin_views import erasing, working
from admin_views.passwords import issue_initial
from admin_views.sessions import system_session
from demo.acts import play
from demo.load import is_empty, load
from exchange import checkpoints
from models import Account, Delegation, DelegationKind, Edition, Role
from models.kinds import now
from models.validators import Invalid
from workflow import books, expiring, saving, trail
from workflow.actors import SYSTEM
from workflow.keeping import Refused

ROLES = [role.value for role in Role if role is not Role.system]
accounts = AppGroup("account", help="管理登录账号")
delegations = AppGroup("delegation", help="建立交易团")


def register(app: Flask) -> None:
    """Add the commands to ``flask``; those of ``flask db`` are Flask-Migrate's."""
    for command in (
        check_books,
        verify_audit,
        audit_checkpoint,
        erase_edition,
        close_due,
        demo,
        docs,
        worker,
        accounts,
        delegations,
    ):
        app.cli.add_command(command)


@click.command("check-books", help="核对额度、统付、证件与计数；有差异时列出并以 1 退出")
@with_appcontext
def check_books() -> None:
    """Reconcile everything; print the differences and fail when there are any."""
    with system_session(read_only=True) as session:
        differences = books.check(session)
    for difference in differences:
        click.echo(difference)
    if differences:
        raise click.ClickException(f"共 {len(differences)} 处不一致")
    click.echo("账目一致")


@click.command("verify-audit", help="校验审计日志的完整性；有改动时指出第一处并以 1 退出")
@click.option("--checkpoints", "files", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="另存在别处的检查点文件，可多次给出；不给则使用本机的检查点文件")  # fmt: skip
@with_appcontext
def verify_audit(files: tuple[Path, ...]) -> None:
    """Walk the audit chain and compare it with the checkpoints; fail at its first broken row."""
    own = checkpoints.file_of(Path(current_app.instance_path))
    kept = files or ((own,) if own.is_file() else ())
    try:
        points = [point for path in kept for point in checkpoints.read(path.read_bytes())]
    except Invalid as bad:
        raise click.ClickException(bad.message) from bad
    with system_session(read_only=True) as session:
        broken = trail.first_break(session) or checkpoints.difference(session, points)
    if broken:
        raise click.ClickException(broken)
    click.echo("审计日志完整")


@click.command("close-due", help="办理到期的锁定和例外窗口；后台任务每分钟也会办理，重复执行没有影响")
@with_appcontext
def close_due() -> None:
    """Close what is due: exception windows, and the nodes of editions whose moment has come."""
    with system_session() as session:
        expiring.close_due(session, now())
    click.echo("已办理")


@click.command("erase-edition", help="清除一届的个人信息：先列出将清除的内容，加 --yes 才执行；中断后再次执行即继续")
@click.argument("code")
@click.option("--reason", default="", help="清除的理由，记入审计日志和报告")
@click.option("--yes", is_flag=True, help="确认清除")
@with_appcontext
def erase_edition(code: str, reason: str, *, yes: bool) -> None:
    """Erase an edition's personal data, whole; whoever may run commands here answers for it."""
    with system_session() as session:
        edition = session.scalar(select(Edition).where(Edition.code == code))
        if edition is None:
            raise click.ClickException(f"没有代码为“{code}”的届次，请核对")
        for line in erasing.preview(session, edition):
            click.echo(line)
        if not yes:
            raise click.ClickException("没有清除任何内容；核对后加上 --reason 理由 --yes 执行")
        try:
            number = erasing.begin(session, edition, reason)
        except Refused as refused:
            raise click.ClickException(str(refused)) from refused
    erasing.finish(number)
    click.echo(erasing.told(number))


@click.command("audit-checkpoint", help="为审计日志写一个签名的检查点并打印；请把打印的一行存到别处")
@with_appcontext
def audit_checkpoint() -> None:
    """Write a checkpoint and print it, to be kept where this system cannot reach it."""
    with system_session(read_only=True) as session:
        point = checkpoints.append(session, Path(current_app.instance_path), now()) or checkpoints.make(session, now())
    if point is None:
        raise click.ClickException("审计日志还是空的，没有可写的检查点")
    click.echo(point.line)


@click.command("demo", help="装入演示数据并列出演示账号")
@click.option("--units", default=300, show_default=True, type=click.IntRange(1), help="单位数")
@click.option("--seed", default=7, show_default=True, help="随机种子：相同的种子产生相同的数据")
@click.option("--persons", default=3.0, show_default=True, type=click.FloatRange(0), help="平均每个单位的人数")
@click.option("--if-empty", is_flag=True, help="库中已有数据时不装入，只列出首次装入的账号")
@click.option(
    "--acts/--no-acts",
    default=True,
    show_default=True,
    help="再办理几项只有操作才会留下的事：释放代码、转出省外、例外窗口",
)
@with_appcontext
def demo(units: int, seed: int, persons: float, *, if_empty: bool, acts: bool) -> None:
    """Load demo data, do what only moves make, and print the accounts."""
    folder = Path(current_app.instance_path)
    with system_session() as session:
        acts = acts and is_empty(session)
        logins = load(session, units, seed, if_empty=if_empty, persons_per_unit=persons, folder=folder)
        if acts:
            play(session, folder)
    for login in logins:
        click.echo("  {username:<12}  {password}  {delegation} · {role}".format(**login))


@click.command("worker", help="处理后台任务，直到收到停止信号；可在多台机器上各开一个")
@click.pass_obj
def worker(info: ScriptInfo) -> None:
    """Do background jobs until told to stop."""
    working.work(info.load_app())


@click.command("docs", help="生成 docs/ 中的状态图、数据字典与权限表")
@click.option("--check", is_flag=True, help="不写文件；与现有文件不同则以 1 退出")
def docs(*, check: bool) -> None:
    """Write the generated pages, or tell which are stale."""
    stale = docs_writer.write(check=check)
    if check and stale:
        raise click.ClickException("文档已过期，请执行 ./run docs：" + "、".join(map(str, stale)))


@delegations.command("create-province", help="建立省交易团：新安装的第一步，分团与届次随后由系统管理员在后台建立")
@click.argument("code")
@click.option("--name", required=True, help="全称")
@click.option("--short-name", required=True, help="简称")
@click.option("--referral-code", required=True, help="推荐码，Q 加 7 位数字")
def create_province(code: str, name: str, short_name: str, referral_code: str) -> None:
    """Make a province, on which everything else hangs."""
    given = {"code": code, "name": name, "short_name": short_name, "referral_code": referral_code}
    with system_session() as session:
        try:
            node = saving.create(session, SYSTEM, Delegation, {**given, "kind": DelegationKind.PROVINCE})
        except saving.Invalid as refused:
            raise click.ClickException(str(refused)) from refused
        click.echo(
            f"已建立“{node.name}”。下一步：flask account create 用户名 --role sysadmin --delegation {node.code} --name 姓名"
        )


@accounts.command("create", help="新建账号，打印一次性的初始密码")
@click.argument("username")
@click.option("--name", required=True, help="使用人姓名（一人一号，不得共享）")
@click.option("--role", required=True, type=click.Choice(ROLES), help="角色")
@click.option("--delegation", "code", required=True, help="所属交易团/分团的代码")
def create_account(username: str, name: str, role: str, code: str) -> None:
    """Make an account and print its initial password, once."""
    with system_session() as session:
        node = session.scalar(select(Delegation).where(Delegation.code == code))
        if node is None:
            raise click.ClickException(f"没有代码为“{code}”的交易团或分团，请核对")
        if session.scalar(select(Account.id).where(Account.username == username)):
            raise click.ClickException(f"用户名“{username}”已被使用，请换一个")
        account = Account(username=username, name=name, role=Role[role], delegation_id=node.id, password_hash="")
        password = issue_initial(account)
        session.add(account)
    _tell(username, password)


@accounts.command("reset", help="为账号换发初始密码，原密码与已登录的会话立即失效")
@click.argument("username")
def reset_account(username: str) -> None:
    """Give an account a new initial password and print it, once."""
    with system_session() as session:
        account = session.scalar(select(Account).where(Account.username == username))
        if account is None:
            raise click.ClickException(f"没有用户名“{username}”，请核对")
        password = issue_initial(account)
    _tell(username, password)


def _tell(username: str, password: str) -> None:
    click.echo(f"用户名：{username}\n初始密码：{password}\n（只显示这一次，72 小时内有效，首次登录须修改）")
