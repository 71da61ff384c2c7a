"""What the layers below say, in the language of the request.

They speak Chinese and know no catalogue: a sentence of theirs is translated where it is shown. It stands in the
catalogue as it is or, where words were filled in, as one of PATTERNS. Of what was filled in, a ``typed…`` part stays as
it is and everything else is put into English too; the first pattern for which that works is taken.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from flask_babel import get_locale, gettext

from admin_views.patterns_of_keeping import KEEPING
from admin_views.patterns_of_leaving import LEAVING
from admin_views.patterns_of_tables import TABLES
from admin_views.police_sentences import POLICE
from models import Base, figures
from models.columns import columns_of
from workflow.machines import MACHINES

PATTERNS = (
    # Moves, guards and batches
    "当前状态%(state)s不能“%(move)s”，须为：%(states)s",
    "%(why)s：请勾选只办理前 %(n)s 条，或返回调整",
    "您的角色不能执行“%(move)s”",
    "“%(move)s”办理后不可撤销",
    "选中的 %(n)s 条",
    "办理记录 %(ref)s 中未办理的记录",
    "撤销办理记录 %(ref)s",
    "“%(kind)s”未上传，请先上传",
    "必填项“%(column)s”未填写，请先补充",
    "请填写“%(column)s”",
    "“%(ask)s”须为 %(least)s 至 %(most)s 个字",
    "“%(ask)s”没有“%(typed)s”这个选项",
    "“%(ask)s”含有无法保存的字符，请重新填写",
    "请从列表中选择“%(ask)s”",
    "证照图片为 %(width)s×%(height)s 像素，长边不足 %(least)s 像素，不能自动识别；请上传更清晰的扫描件",
    *POLICE,
    # The review desk
    "常用意见须为 %(least)s 至 %(most)s 个字",
    "最多保存 %(n)s 条常用意见，请先删除不用的",
    # Quota and group pay
    "本单位%(label)s额度",
    "分团%(label)s余额",
    "分团%(label)s余额不足",
    "%(whose)s额度不足（已用%(used)s/共%(allotted)s）",
    "%(label)s额度不足",
    "%(label)s额度账目不符：已占用%(used)s，不能退回%(amount)s，请联系系统管理员核对账目",
    "上级%(label)s额度余额不足：需%(more)s个，剩余%(left)s个",
    "%(whose)s额度余额不足：需%(more)s个，剩余%(left)s个",
    "已占用%(used)s，不能低于%(least)s",
    "已分配%(used)s，不能低于%(least)s",
    "额度应为0至%(most)s的整数",
    "该单位已分配%(label)s额度%(n)s个，请直接修改",
    "已确认代付%(amount)s元，统付额度不能低于此数",
    "统付额度%(amount)s元不能高于上级给予的上限%(most)s元",
    "%(what)s：需 %(need)s，剩余 %(left)s",
    # What may be saved
    "“%(column)s”不能由您填写",
    "“%(column)s”已被使用，请核对",
    "所选“%(column)s”不存在或不在您的管理范围内，请重新选择",
    "您只能管理%(roles)s的账号",
    "您只能设置以下角色：%(roles)s",
    "%(role)s账号须属于省交易团",
    "不能修改自己的“%(column)s”，请联系上级管理员",
    "“%(kind)s”须选择人员",
    "“%(kind)s”属于单位，请不要选择人员",
    "最低年龄应在%(least)s至%(most)s周岁之间",
    "可复用届次应为届次代码，以逗号分隔，如 5,6",
    "%(column)s应晚于报名开始",
    "出生日期与证件号码不符（证件号码为%(date)s），请核对",
    "性别与证件号码不符（证件号码为%(sex)s），请核对",
    "该证件号码已由其他单位（%(typed)s）登记（一人一证），请核对或联系省交易团秘书处",
    "未满%(n)s周岁，不能登记",
    "展会开幕日（%(date)s）未满%(n)s周岁，不能登记",
    "证件在展会闭幕（%(date)s）前到期，请换证后登记",
    "所属单位%(status)s，不能登记或修改采购意向",
    "所属单位%(status)s，不能登记或修改人员",
    "所属单位%(status)s，不能分配额度",
    "%(status)s的人员不能修改",
    "%(status)s的单位不能修改",
    "证件复用须填写“%(column)s”",
    "%(who)s的证件照文件缺失，没有生成文件；请在人员页重新上传证件照后再试",
    "一次最多打印%(n)s张证件，请分批办理“打印证件”",
    "一次最多打印%(n)s张面单，请分批办理“打印面单”",
    "包裹%(typed_no)s的收件手机无法读取，没有生成文件；请拆开包裹后重新装入",
    "包裹%(typed_no)s的面单上有字库没有的字“%(typed)s”，没有生成文件；请改写后再打印",
    "持证人的“%(column)s”未填写，请先在人员页补充",
    "本届只能复用第%(typed)s届的证件，请改选“重新申办”",
    "%(what)s尚未开始（%(date)s 开始）",
    "%(what)s已截止，如需办理请联系省交易团秘书处",
    "%(origin)s单位的分类应为%(categories)s之一",
    "推荐码不属于所选的“%(typed)s”，请核对推荐码或另选交易团/分团",
    # Notices
    "后台任务“%(typed)s”已办好",
    "后台任务“%(typed)s”没有办成，请查看原因",
    "此前通知的“%(move)s”已被撤销",
    "上级已将本分团%(label)s额度总数由%(old)s调整为%(new)s",
    "上级已修改本分团的设置：%(columns)s",
    "%(what)s将于%(date)s截止，剩余不足%(n)s天",
    "有 %(n)s 家单位指定给本分团，请核对",
    "本分团有 %(n)s 家单位已指定给其他分团，不再由本分团管理",
    "收到 %(n)s 家单位的指定申请，请接收或退回",
    "对方撤回了 %(n)s 家单位的指定申请",
    "本分团提出的 %(n)s 家单位的指定申请已被接收",
    "本分团提出的 %(n)s 家单位的指定申请被退回，请查看理由",
    "本分团单位的 %(n)s 个包裹已寄出，可查看快递单号",
    "本分团 %(n)s 名人员不能复用原证件，已改为重新申办，请告知其单位",
    "%(column)s与往届卡面不同，不能复用，请改为重新申办",
    "本分团单位的 %(n)s 个包裹被退回，请督促单位核对收件信息",
    "省团已将本分团 %(n)s 家单位退回修改，请督促单位按审核意见修改",
    "省团已将本分团 %(n)s 家单位退回初审，请重新初审",
    "省团已将本分团 %(n)s 家单位审核不通过，其人员同时不通过",
    "省团已恢复本分团 %(n)s 家单位的报名资格，请核对其人员和额度",
    "省团已撤销本分团 %(n)s 家单位的审核通过",
    "省团已将本分团 %(n)s 名人员退回修改，请督促按审核意见修改",
    "本分团 %(n)s 名人员逾期未缴费，已关闭，请电话联系",
    "财务已出具本分团 %(n)s 份统付对账单，请核对并付款",
    "%(n)s 个分团已锁定提交，请核对后接受或解锁",
    "省团已接受本分团的锁定提交（%(n)s 个），没有提交的人员已逾期",
    "省团已解锁本分团的提交（%(n)s 个），请修改后再次锁定提交",
    "本届锁定时间已到，系统已锁定本分团的提交（%(n)s 个）",
    "本分团 %(n)s 名人员逾期未提交，占用的额度已释放",
    "省团为本分团的 %(n)s 名人员开启了例外窗口，请在截止前修改和提交",
    "省团为本分团的 %(n)s 家单位开启了例外窗口，请在截止前修改和提交",
    "省团提前关闭了本分团的 %(n)s 个例外窗口",
    "本分团的 %(n)s 个例外窗口已到期关闭",
    # Locks and windows
    "还有%(what)s：%(mend)s",
    "“%(column)s”须晚于现在，请填写北京时间，如 2024-10-20 18:00",
    "“%(column)s”最多为 %(n)s 天之后，请改早",
    # What a text means
    "内容过长（%(n)s字），请控制在%(most)s字以内",
    "“%(typed)s”不在可选范围内，请从以下选择：%(choices)s",
    "“%(typed)s”不是可识别的日期，请填写如 1985-03-07",
    "日期“%(typed)s”不存在，请核对月份和日期",
    "日期“%(typed)s”超出范围，请核对年份",
    "时间“%(typed)s”不存在，请填写如 2024-10-20 18:00",
    "“%(typed)s”不是数字，请只填写数字，不带单位",
    "小数最多%(n)s位",
    "“%(typed)s”不是国家（地区）名称或三位代码，请从列表中选择，如 中国、CHN",
    # What a number or a name must look like
    "固定电话最多填写两个号码；%(hint)s",
    "“%(typed)s”不是可用的固定电话；%(hint)s",
    "手机号码%(hint)s",
    "邮箱过长（%(n)s字），请控制在100字以内",
    "邮箱域名“%(typed)s”不正确，应形如example.com，请核对",
    "姓名过长（%(n)s字），请控制在50字以内",
    "姓名含有“%(typed)s”，只能填写文字、间隔号“·”、空格、连字符和撇号，请按证件填写",
    "英文姓名过长（%(n)s字），请控制在50字以内",
    "单位名称过长（%(n)s字），请控制在100字以内",
    "单位名称应为2至100字，现为%(n)s字，请按证照填写",
    "统一社会信用代码应为18位，现为%(n)s位，请对照证照核对",
    "统一社会信用代码第%(n)s位“%(typed)s”不可用，代码只含数字和除I、O、S、V、Z外的大写字母，请核对是否应为1、0、5、U、2",
    "统一社会信用代码以“%(typed)s”开头，不在现行登记管理部门目录内，请核对证照",
    "统一社会信用代码以“%(typed)s”开头，属于%(category)s，与所选单位分类“%(chosen)s”不一致，请核对",
    "证件类型不在范围内，请从以下选择：%(choices)s",
    "请填写%(id)s号码",
    "%(id)s号码应为17位数字加1位数字或X，请填写18位号码%(hint)s",
    "%(id)s号码校验未通过，可能有错位或错字，请对照证件逐位核对",
    "%(id)s号码旧证应为3位字母加12位数字，新证应为18位，请对照证件核对",
    "%(id)s号码第4、5位“%(typed)s”不是省级代码，请对照证件核对",
    "%(id)s号码中的出生日期“%(typed)s”不存在，请对照证件核对",
    "%(id)s号码应以810000、820000或830000开头，请核对证件类型和号码",
    "%(id)s号码（18位）应以9开头，请核对证件类型和号码",
    "%(id)s号码中的省级代码“%(typed)s”不存在，请对照证件核对",
    "%(id)s号码中的出生日期不存在，请对照证件核对第7至14位",
    "%(id)s号码中的出生日期%(date)s晚于今天，请对照证件核对第7至14位",
    "%(id)s号码中的出生日期%(date)s距今超过%(n)s年，请对照证件核对第7至14位",
    "%(id)s号码%(hint)s",
    # Pictures
    "%(kind)s文件大小为 %(n)s KB，应为%(hint)s",
    "%(kind)s为 %(width)s×%(height)s 像素，至少需要 %(least)s×%(high)s 像素",
    "%(kind)s为 %(width)s×%(height)s 像素，宽高比应接近 26:32，请裁剪后重新上传",
    "%(kind)s的像素过多（%(width)s×%(height)s），请缩小后重新上传",
    "%(kind)s的像素过多，请缩小后重新上传",
    "%(kind)s不是可用的 JPG 或 PNG 图片，请重新导出后上传",
    *TABLES,
    *KEEPING,
    *LEAVING,
    "此行在 %(at)s 由 %(typed)s 修改（%(typed_changes)s）",
    "“%(move)s”不使用“%(column)s”，填写的内容未采用",
    "已办理，见办理记录 %(ref)s",
    "已是“%(state)s”",
)
PIECES = (  # of the above
    "%(typed)s：%(label)s",
    "省团%(label)s",
    "分团%(label)s",
    "%(n)s 个",
    "%(n)s 元",
    "%(column)s（%(label)s）",
)
Message = list[Any] | str  # a message id with what is filled in, or a text
_FILLED = re.compile(r"%\((\w+)\)s")
_CHINESE = re.compile("[\u4e00-\u9fff]")


def spoken(text: str) -> str:
    """Return a sentence or word of the layers below in the language of this request."""
    locale = get_locale()  # none outside a request
    return in_english(text, gettext) if text and locale is not None and locale.language == "en" else text


def message(told: Message) -> str:
    """Say a message of ``exchange.saying`` in the language of this request; a plain text is said as it is known."""
    pattern, filled = (told, {}) if isinstance(told, str) else told
    locale = get_locale()
    if not filled:
        return spoken(pattern)
    if locale is None or locale.language != "en":
        return pattern % filled
    return gettext(pattern) % {name: _filled(name, value, gettext) for name, value in filled.items()}


def in_english(text: str, translate: Callable[[str], str]) -> str:
    """Return the English of a declared sentence or word by the catalogue; what is neither stays as it is."""
    if (known := translate(text)) != text:
        return known
    for said in (words(), _moves()):
        if text in said:
            return said[text]
    for pattern, rule in _rules():
        if found := rule.fullmatch(text):
            filled = {name: _filled(name, value, translate) for name, value in found.groupdict().items()}
            if not any(_CHINESE.search(value) for name, value in filled.items() if not name.startswith("typed")):
                return translate(pattern) % filled
    return text


def _filled(name: str, value: str, translate: Callable[[str], str]) -> str:
    """Return what was filled in: a move's name, a list of words, or another sentence."""
    if not value or name.startswith("typed"):
        return value
    if name == "date":
        return figures.respelt(value, "en")
    if name == "move":
        return _moves().get(value, value)
    known = in_english(value, translate)
    if known != value:
        return known
    return ", ".join(in_english(part.strip("“”"), translate) for part in value.split("、"))


@cache
def _rules() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((pattern, re.compile("".join(_parts(pattern)), re.DOTALL)) for pattern in PATTERNS + PIECES)


def _parts(pattern: str) -> Iterator[str]:
    for position, part in enumerate(_FILLED.split(pattern)):
        yield f"(?P<{part}>.*)" if position % 2 else re.escape(part)


@cache
def words() -> Mapping[str, str]:
    """Return the English of every declared word: headings of columns and members of enumerations."""
    said: dict[str, str] = {}
    models: list[type[Base]] = sorted(
        (found.class_ for found in Base.registry.mappers), key=lambda model: model.__name__
    )
    for model in models:
        for column in columns_of(model).values():
            said.setdefault(column.label, column.english)
            said.update({member.label: member.english for member in column.enum or ()})
    return said


@cache
def _moves() -> Mapping[str, str]:
    return {move.label: move.english for machine in MACHINES.values() for move in machine.moves.values()}
