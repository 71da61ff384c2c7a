"""The delegations of the demonstration: Fujian with twenty sub-delegations, Zhejiang with one to transfer to.

Places are real; persons and telephones are made up, but for the referral code and the telephone of the province, which
are those of the notice (§三, end).
"""

from dataclasses import dataclass

from models import DelegationKind

PROVINCE, INDUSTRY = DelegationKind.PROVINCE, DelegationKind.INDUSTRY
AREA_CODES = {
    "福州市": "0591", "厦门市": "0592", "宁德市": "0593", "莆田市": "0594", "泉州市": "0595", "漳州市": "0596",
    "龙岩市": "0597", "三明市": "0598", "南平市": "0599", "杭州市": "0571",
}  # fmt: skip


@dataclass(frozen=True)
class Node:
    """One delegation. ``login`` begins the user names of its accounts, ``logins`` says how many there are.

    ``rank`` orders the nodes by how many units register there (0: none). ``tight``: cap and pools are nearly used up.
    """

    code: str
    name: str
    short_name: str
    city: str
    login: str
    rank: int
    contact: str
    kind: DelegationKind = DelegationKind.GOVERNMENT
    parent: str = "FJ"
    referral_code: str = "Q2021391"
    phone: str = ""
    logins: int = 1
    pays: bool = True
    tight: bool = False
    by_request: bool = False
    locked: bool = False

    @property
    def province(self) -> str:
        """The code of the province it belongs to."""
        return self.code[:2]

    @property
    def size(self) -> float:
        """Its share of the units, falling with the rank as the sizes of towns do (Zipf)."""
        return self.rank**-0.8 if self.rank else 0.0

    @property
    def telephone(self) -> str:
        """The number to call."""
        return self.phone or f"{AREA_CODES[self.city]}-2000{self.rank:03d}"


NODES = (
    Node("FJ", "福建省交易团", "福建团", "福州市", "fj_mishu", 20, "郑小晖", PROVINCE, "", phone="0591-87811716 87811656", logins=2),
    Node("FJ01", "福州市分团", "福州分团", "福州市", "fuzhou", 1, "林晓敏", logins=2, tight=True),
    Node("FJ02", "厦门市分团", "厦门分团", "厦门市", "xiamen", 2, "陈嘉毅", logins=2),
    Node("FJ03", "泉州市分团", "泉州分团", "泉州市", "quanzhou", 3, "黄海燕", logins=2, tight=True),
    Node("FJ04", "漳州市分团", "漳州分团", "漳州市", "zhangzhou", 4, "蔡文龙"),
    Node("FJ05", "莆田市分团", "莆田分团", "莆田市", "putian", 5, "郑国栋"),
    Node("FJ06", "宁德市分团", "宁德分团", "宁德市", "ningde", 6, "阮秀梅", by_request=True),
    Node("FJ07", "龙岩市分团", "龙岩分团", "龙岩市", "longyan", 7, "邱永红", pays=False),
    Node("FJ08", "三明市分团", "三明分团", "三明市", "sanming", 8, "罗建华"),
    Node("FJ09", "南平市分团", "南平分团", "南平市", "nanping", 9, "吴丽珍", tight=True),
    Node("FJ10", "平潭综合实验区分团", "平潭分团", "福州市", "pingtan", 10, "林志强", locked=True),
    Node("FJ11", "中央在闽企业分团", "央企分团", "福州市", "yangqi", 11, "周立新", DelegationKind.CENTRAL_SOE),
    Node("FJ12", "福建省国有资产监督管理委员会分团", "省国资委分团", "福州市", "guozi", 12, "叶振东"),
    Node("FJ13", "福建省卫生健康委员会分团", "省卫健委分团", "福州市", "weijian", 13, "苏慧玲", DelegationKind.HEALTH, tight=True),
    Node("FJ14", "福建省农业农村厅分团", "省农业农村厅分团", "福州市", "nongye", 14, "曾庆山"),
    Node("FJ15", "福建省工业和信息化厅分团", "省工信厅分团", "福州市", "gongxin", 15, "何伟平"),
    Node("FJ16", "福建省文化和旅游厅分团", "省文旅厅分团", "福州市", "wenlv", 16, "江雪晴"),
    Node("FJ17", "福建省教育厅分团", "省教育厅分团", "福州市", "jiaoyu", 17, "傅明远"),
    Node("FJ18", "福建省食品行业协会分团", "食品行业分团", "厦门市", "shipin", 18, "施美云", INDUSTRY),
    Node("FJ19", "福建省医药行业协会分团", "医药行业分团", "福州市", "yiyao", 19, "卢俊杰", INDUSTRY),
    Node("FJ20", "福建省机械工业联合会分团", "机械行业分团", "泉州市", "jixie", 20, "方志刚", INDUSTRY),
    Node("FJ0101", "福州市鼓楼区工作组", "鼓楼工作组", "福州市", "gulou", 12, "潘思远", parent="FJ01", logins=2),
    Node("ZJ", "浙江省交易团", "浙江团", "杭州市", "zj_mishu", 0, "沈若兰", PROVINCE, "", "Q2021330"),
    Node("ZJ01", "杭州市分团", "杭州分团", "杭州市", "hangzhou", 14, "俞天明", parent="ZJ", referral_code="Q2021330", logins=2),
)  # fmt: skip
