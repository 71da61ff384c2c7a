"""What names and addresses are made of, as the checks read them; nothing of it is said to anybody."""

import re

from models import LicenceType

NAME_ENDS = {  # by the paper that registers such names
    LicenceType.BUSINESS: ("公司", "厂", "店", "行", "社", "中心", "集团", "企业", "事务所", "院", "馆", "场", "部", "站", "合伙）", "合伙)"),
    LicenceType.INSTITUTION: ("院", "校", "大学", "中学", "小学", "中心", "馆", "所", "站", "台", "社", "园", "团", "队", "处", "库"),
    LicenceType.SOCIAL_ORG: ("协会", "学会", "商会", "联合会", "促进会", "基金会", "研究会", "联盟", "公会", "中心", "院", "校"),
    LicenceType.GOVERNMENT: ("局", "委", "委员会", "厅", "政府", "办公室", "办", "署", "法院", "检察院", "海关", "处"),
}  # fmt: skip
# What a name is compared without: forms of firms, ranks of places, brackets and blanks.
BESIDE = (
    "股份有限公司",
    "有限责任公司",
    "有限公司",
    "集团",
    "公司",
    "省",
    "市",
    "区",
    "县",
    "（",
    "）",
    "(",
    ")",
    " ",
    "·",
)
CITY = re.compile("(?:.{2,8}?(?:省|自治区))?(.{2,7}?市)")
CITY_RANK = "市"
RANKS = ("省", "市")
