"""The words of made-up persons, units and wishes: names, titles, trades, products (DOMAIN §2).

Every function draws from a given ``random.Random``: equal seeds give equal words. Nothing here is a real person.
Numbers (``demo.codes``) and places (``demo.places``) are at hand under this one name too.
"""

from itertools import accumulate
from random import Random

from demo.codes import landline, mobile, paper, uscc
from demo.places import CITIES, address, postcode, region, region_code

__all__ = [
    "address",
    "countries",
    "department",
    "english_name",
    "english_unit_name",
    "industry",
    "landline",
    "mobile",
    "paper",
    "person_name",
    "postcode",
    "product",
    "region",
    "region_code",
    "title",
    "unit_name",
    "uscc",
]

SURNAMES = {
    "陈": 110, "林": 95, "黄": 60, "张": 48, "吴": 44, "李": 40, "郑": 36, "王": 35, "刘": 26, "苏": 20, "蔡": 19,
    "杨": 18, "叶": 17, "许": 17, "谢": 14, "洪": 12, "周": 12, "庄": 11, "曾": 11, "余": 10, "罗": 10, "邱": 10,
    "何": 9, "江": 9, "郭": 9, "肖": 8, "朱": 8, "徐": 8, "赖": 7, "施": 7, "魏": 6, "方": 6, "翁": 6, "游": 6,
    "卢": 6, "连": 5, "傅": 5, "阮": 5, "潘": 5, "高": 5, "卓": 4, "柯": 4, "缪": 3, "欧阳": 3, "上官": 2, "诸葛": 1,
}  # fmt: skip
GIVEN = {
    "M": "伟强勇军杰涛明超建国志文辉鹏宇浩然俊毅峰晨轩博林海龙飞云斌锋凯健华平东宏波振荣庆安康泽楷铭钦炳煌",
    "F": "芳娜敏静丽娟艳秀英玲婷雪慧莹倩琳洁燕玉红霞萍蓉佳怡欣悦雅琴晓梅兰月云珍凤瑜嘉宁思颖萱彤琪薇淑惠",
}
RARE = "䶮㛃喆𬭼垚堃燊翀玥彧"  # some only in GB 18030, some beyond the basic plane: what old systems lose
DOTTED = ("古丽娜尔·买买提", "艾克拜尔·玉素甫", "阿依古丽·吐尔逊", "扎西·顿珠", "卓玛·央金", "买买提江·阿不都")
LATIN_SURNAMES = (
    "SMITH", "GARCIA", "MULLER", "SATO", "KIM", "NGUYEN", "TAN", "ROSSI", "DUBOIS", "SILVA", "IVANOV", "SANTOS",
    "BIN ABDULLAH", "O'BRIEN", "LOPEZ-VEGA", "JANSEN", "NOWAK", "KOVACS", "HAIDER", "OKAFOR", "SUPHACHAI", "WIJAYA",
)  # fmt: skip
LATIN_GIVEN = {
    "M": ("JOHN", "CARLOS", "THOMAS", "KENJI", "MINH", "WEI LIANG", "MARCO", "PIERRE", "ANDREI", "AHMAD", "DAVID", "PETER"),
    "F": ("ANNA", "MARIA", "YUKO", "SOO-JIN", "LINH", "MEI LING", "GIULIA", "CLAIRE", "ELENA", "NUR AISYAH", "SARAH", "JANE"),
}  # fmt: skip

TITLES = (
    "董事长", "总经理", "副总经理", "采购总监", "采购经理", "采购主管", "采购专员", "销售总监", "市场部经理", "外贸部经理",
    "进出口部经理", "物流经理", "财务总监", "办公室主任", "项目经理", "产品经理", "业务员", "技术总监", "工程师", "经理助理",
)  # fmt: skip
OFFICIAL_TITLES = (
    "主任",
    "副主任",
    "处长",
    "副处长",
    "科长",
    "副科长",
    "一级主任科员",
    "四级调研员",
    "秘书长",
    "主任医师",
    "教授",
    "干事",
)
DEPARTMENTS = (
    "采购部",
    "国际贸易部",
    "进出口部",
    "市场部",
    "销售部",
    "供应链管理部",
    "综合管理部",
    "办公室",
    "财务部",
    "技术部",
    "设备科",
)

BRAND_HEADS = "闽海榕鹭泉莆龙武福华中东南盛鼎恒瑞泰宏嘉永新金世源安汇联通达信正天建冠晟启"
BRAND_TAILS = "创丰源泰达盛隆兴发和顺通联科润德信成邦腾远洋辉扬鑫旺茂康升峰汇特尔诚益"
TRADES = (
    "进出口贸易", "国际贸易", "供应链管理", "食品", "水产", "茶业", "酒业", "农业发展", "粮油", "乳业", "汽车销售服务",
    "新能源汽车", "汽车零部件", "机械设备", "智能装备", "数控科技", "电子科技", "半导体", "光电科技", "纺织科技", "服饰",
    "鞋业", "家居", "陶瓷", "石材", "珠宝", "化妆品", "母婴用品", "百货", "电子商务", "医疗器械", "医药", "生物科技",
    "健康管理", "国际物流", "航运", "文化传媒", "旅游", "信息技术", "建材", "化工", "能源", "环保科技", "投资发展",
)  # fmt: skip
FORMS = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "集团有限公司", "（集团）有限公司")
INSTITUTIONS = (
    "第一医院", "第二医院", "中医院", "妇幼保健院", "人民医院", "疾病预防控制中心", "职业技术学院", "农业科学研究所",
    "博物馆", "图书馆", "第一中学", "实验小学", "检验检测中心", "产品质量检验所", "海洋与渔业执法支队", "公共资源交易中心",
)  # fmt: skip
BUREAUS = (
    "商务局", "发展和改革局", "工业和信息化局", "农业农村局", "卫生健康局", "文化和旅游局", "市场监督管理局", "教育局",
    "国有资产监督管理局", "科学技术局", "交通运输局", "财政局", "海洋与渔业局", "人民政府办公室",
)  # fmt: skip
SOCIETIES = ("行业协会", "商会", "企业联合会", "进出口商会", "产业促进会", "学会", "企业家协会")
ABROAD = {
    "新加坡": "Singapore", "马来西亚": "Malaysia", "印度尼西亚": "Indonesia", "泰国": "Thailand", "日本": "Japan",
    "中国香港": "Hong Kong", "中国台湾": "Taiwan, China", "德国": "Germany", "澳大利亚": "Australia", "菲律宾": "Philippines",
}  # fmt: skip
LATIN_BRANDS = (
    "Harbour Link",
    "Pacific Crest",
    "Golden Banyan",
    "Blue Strait",
    "Star Orchid",
    "Union Gate",
    "Red Lantern",
    "Silver Tide",
)
LATIN_TRADES = (
    "Trading",
    "Foods",
    "Marine Products",
    "Medical",
    "Machinery",
    "Logistics",
    "Consumer Goods",
    "Investments",
)
INDUSTRIES = (
    "批发业", "零售业", "农副食品加工业", "食品制造业", "酒、饮料和精制茶制造业", "纺织服装、服饰业", "皮革、毛皮、羽毛及其制品和制鞋业",
    "医药制造业", "专用设备制造业", "汽车制造业", "计算机、通信和其他电子设备制造业", "电气机械和器材制造业",
    "非金属矿物制品业", "装卸搬运和仓储业", "商务服务业", "软件和信息技术服务业", "卫生", "渔业",
)  # fmt: skip
PRODUCTS = {
    "FOOD": ("冷冻牛肉", "三文鱼", "车厘子", "榴莲", "婴幼儿配方奶粉", "奶酪", "葡萄酒", "橄榄油", "咖啡豆", "大豆", "冻虾", "燕窝", "坚果"),
    "AUTO": ("新能源乘用车", "豪华轿车", "越野车", "汽车变速箱", "车规级芯片", "氢燃料电池", "房车", "轮胎", "充电设备"),
    "EQUIPMENT": ("五轴加工中心", "工业机器人", "注塑机", "激光切割机", "半导体检测设备", "数控磨床", "纺织机械", "港口起重机", "光刻胶"),
    "CONSUMER": ("护肤品", "香水", "运动鞋服", "珠宝首饰", "家用电器", "儿童玩具", "宠物食品", "高端家具", "羊绒制品", "钟表"),
    "MEDICAL": ("核磁共振成像系统", "CT机", "内窥镜", "心脏支架", "创新药", "体外诊断试剂", "手术机器人", "助听器", "康复设备", "疫苗"),
    "SERVICES": ("国际物流服务", "跨境支付服务", "检验检测服务", "工业设计服务", "碳资产管理咨询", "海外仓服务", "法律服务", "文旅合作"),
}  # fmt: skip
SUPPLIERS = (
    "美国", "德国", "日本", "法国", "澳大利亚", "新西兰", "韩国", "意大利", "智利", "巴西", "泰国", "马来西亚", "印度尼西亚",
    "俄罗斯", "瑞士", "荷兰", "西班牙", "加拿大", "厄瓜多尔", "挪威", "越南", "英国", "阿根廷", "南非",
)  # fmt: skip

_SURNAMES = tuple(SURNAMES)
_SURNAME_SUMS = tuple(accumulate(SURNAMES.values()))


def person_name(rng: Random, sex: str = "M") -> str:
    """Return a Chinese name: mostly three characters; one in a hundred with a rare one, one in 300 with a dot."""
    chance = rng.random()
    if chance < 0.003:
        return rng.choice(DOTTED)
    chars = GIVEN[sex]
    given = rng.choice(chars) if chance > 0.85 else rng.choice(chars) + rng.choice(chars)
    if chance < 0.013:
        given = given[0] + rng.choice(RARE)
    return rng.choices(_SURNAMES, cum_weights=_SURNAME_SUMS)[0] + given


def english_name(rng: Random, sex: str = "M") -> str:
    """Return a person's name as in the machine-readable zone: surname, space, given names."""
    return f"{rng.choice(LATIN_SURNAMES)} {rng.choice(LATIN_GIVEN[sex])}"


def unit_name(rng: Random, category: str, city: str, *, overseas: bool = False) -> str:
    """Return a unit's name that suits its category (``models.unit.Category``) and city."""
    if overseas:
        return f"{_brand(rng)}{rng.choice(TRADES)}（{rng.choice(list(ABROAD))}）有限公司"
    place = CITIES[city]
    if category == "ENTERPRISE":
        where = place.short if rng.random() < 0.8 else place.province.removesuffix("省")
        return f"{where}{_brand(rng)}{rng.choice(TRADES)}{rng.choice(FORMS)}"
    where = city + (rng.choice(place.districts) if rng.random() < 0.8 else "")
    if category == "INSTITUTION":
        return where + rng.choice(INSTITUTIONS)
    if category == "GOVERNMENT":
        return where + rng.choice(BUREAUS)
    return f"{where}{rng.choice(TRADES)}{rng.choice(SOCIETIES)}"


def english_unit_name(rng: Random) -> str:
    """Return the English name of a firm abroad."""
    return f"{rng.choice(LATIN_BRANDS)} {rng.choice(LATIN_TRADES)} ({rng.choice(list(ABROAD.values()))}) Ltd."


def _brand(rng: Random) -> str:
    third = rng.choice(BRAND_TAILS) if rng.random() < 0.3 else ""
    return rng.choice(BRAND_HEADS) + rng.choice(BRAND_TAILS) + third


def title(rng: Random, category: str = "ENTERPRISE") -> str:
    """Return a post as held in a unit of this category."""
    return rng.choice(TITLES if category in {"ENTERPRISE", "OTHER"} else OFFICIAL_TITLES)


def department(rng: Random) -> str:
    """Return a department."""
    return rng.choice(DEPARTMENTS)


def industry(rng: Random) -> str:
    """Return an industry as GB/T 4754 words it."""
    return rng.choice(INDUSTRIES)


def product(rng: Random, zone: str) -> str:
    """Return what a buyer looks for in an exhibition zone (``models.intention.Zone``)."""
    return rng.choice(PRODUCTS[zone])


def countries(rng: Random) -> list[str]:
    """Return one to three countries to buy from, by their Chinese names."""
    return rng.sample(SUPPLIERS, rng.randint(1, 3))
