"""The words of the field with their English, and the keys of the desk (DOMAIN §6; the organiser's notice)."""

from flask_babel import gettext as _

from admin_views.sentences import spoken

# Term, its standard English, what it means. A term that is declared elsewhere carries the same English there.
TERMS = (
    ("交易团", "Trading delegation", "由省组织、统一参加进博会的采购商队伍"),
    ("分团", "Sub-delegation", "交易团按地区、行业或系统组建的下级，可再设一级"),
    ("省交易团秘书处", "Provincial secretariat", "负责全省的复审、额度和协调，简称省团秘书处"),
    ("直属单位", "Directly attached unit", "直接归某个交易团或分团管理的单位，不含其下级的单位"),
    ("届次", "Edition", "每年一届进博会；系统只办理当前届次"),
    ("专业观众", "Professional visitor", "单位派出的参观人员，须缴纳证件费"),
    ("工作人员", "Staff", "使用免费额度的工作人员标签"),
    ("VIP", "VIP", "使用免费额度、级别最高的标签"),
    ("人员标签", "Badge label", "印在证件上的身份：专业观众、工作人员或VIP"),
    ("单位观众分类", "Unit category", "企业、社会组织、事业单位、政府机构；境外另有其他"),
    ("推荐码", "Referral code", "交易团的代码，以 Q 开头加 7 位数字，单位登记时填写"),
    ("统一社会信用代码", "Credit code (USCC)", "单位的 18 位代码，也是登录账号，登记后不可修改"),
    ("参观预登记", "Visitor pre-registration", "进博会官网上单位登记和填报人员的入口"),
    ("往届观众", "Returning visitor", "参加过往届进博会的单位或人员"),
    ("采购意向", "Procurement intention", "单位准备采购的商品或服务，提交前至少一条"),
    ("展区", "Exhibition zone", "进博会按商品和服务划分的区域"),
    ("初审", "First review", "分团对单位信息的审核"),
    ("复审", "Second review", "省交易团秘书处对单位的再次审核，须由另一人办理"),
    ("提报", "Report up", "初审通过后报省交易团秘书处复审"),
    ("退回修改", "Return for edit", "请单位按审核意见修改后重新提交"),
    ("审核不通过", "Rejected", "不予报名；须谨慎使用，单位可能失去报名资格"),
    ("审核意见", "Review opinion", "退回或不通过时写明的问题和修改办法，单位登录后可见"),
    ("待确认", "Pending confirmation", "人员等待分团确认统付与标签"),
    ("待审核", "Pending review", "人员等待公安部门安全审核"),
    ("安全审核", "Security check", "公安部门对人员身份的审核"),
    ("额度", "Quota", "可免费申办的VIP、工作人员证件数量"),
    ("分配额度", "Allocate quota", "把额度分给下级或单位"),
    ("预设", "Preset", "单位登记前按统一社会信用代码分好的额度，登记后自动生效"),
    ("统付", "Group pay", "证件费由交易团或分团统一支付"),
    ("代付", "Pay on behalf", "对一名人员确认由分团支付证件费，选择后不可更改"),
    ("支付额度", "Group-pay cap", "分团统付的金额上限"),
    ("证件费", "Badge fee", "按届次、办理方式、入场信息和标签确定的费用"),
    ("入馆证件", "Admission badge", "进入展馆的证件，一人一证"),
    ("一人一证", "One person, one badge", "同一届次内一个证件号码只能登记一次"),
    ("卡面信息", "Badge face", "印在证件上的姓名、单位、交易团/分团、标签、照片和入场信息"),
    ("新办", "New", "第一次申办证件"),
    ("重新申办", "Reapply", "往届观众申办新证件"),
    ("证件复用", "Badge reuse", "卡面信息不变时继续使用往届证件"),
    ("升级标签", "Upgrade label", "专业观众升为工作人员或VIP，工作人员升为VIP；原证件失效"),
    ("补办", "Reissue", "证件遗失或损坏后重新制发"),
    ("制证", "Badge production", "制作证件；免费证件此时消耗额度"),
    ("寄递发放", "Mailing", "把证件寄到指定地址"),
    ("复用开通", "Re-activated", "复用的往届证件已可使用"),
    ("证件获取方式", "Collection method", "寄递或现场领取"),
    ("指定给其他交易团/分团", "Assign to another delegation", "把单位连同人员转给另一个交易团或分团"),
    ("锁定提交", "Lock and submit", "分团完成审核后锁定，此后由省交易团秘书处办理变更"),
    ("回执", "Receipt", "每次办理的逐条结果，可下载，可撤销的在回执上撤销"),
)  # fmt: skip


def told(lang: str) -> list[tuple[str, str, str]]:
    """Return the terms: what it is called in Chinese, in English, what it means in the reader's language."""
    found = [(term, english, spoken(means)) for term, english, means in TERMS]
    return sorted(found, key=lambda each: each[1].lower()) if lang == "en" else found


def keys() -> list[tuple[tuple[str, ...], str]]:
    """Return the keys that work on every page of the desk, and what they do."""
    return [
        (("?",), _("打开当前页面的帮助")),
        (("/",), _("把光标放到搜索框")),
        (("Ctrl+K",), _("查找单位、人员、证件号、页面和操作")),
        (("F2",), _("修改列表中的单元格，用方向键换格")),
        (("Tab", "Shift+Tab"), _("移到下一个、上一个可操作的位置")),
        (("Enter",), _("打开链接、按下按钮")),
        (("Space",), _("勾选、按下按钮、展开菜单")),
        (("↑", "↓"), _("在选项和下拉列表中移动")),
        ((_("Shift+单击"),), _("在列表中从上次勾选的一行选到这一行")),
        (("Esc",), _("关闭打开的菜单或面板")),
    ]
