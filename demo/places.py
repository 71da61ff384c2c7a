"""Cities with what an address needs (GB/T 2260 codes of the cities, post, telephone), districts and streets."""

from dataclasses import dataclass
from random import Random

_LINES = """\
福建省 福州市 350100 350000 0591 鼓楼区 台江区 仓山区 马尾区 晋安区 长乐区 闽侯县 连江县 罗源县 永泰县 平潭县 福清市
福建省 厦门市 350200 361000 0592 思明区 海沧区 湖里区 集美区 同安区 翔安区
福建省 莆田市 350300 351100 0594 城厢区 涵江区 荔城区 秀屿区 仙游县
福建省 三明市 350400 365000 0598 三元区 沙县区 大田县 尤溪县 将乐县 泰宁县 永安市
福建省 泉州市 350500 362000 0595 鲤城区 丰泽区 洛江区 泉港区 惠安县 安溪县 永春县 德化县 石狮市 晋江市 南安市
福建省 漳州市 350600 363000 0596 芗城区 龙文区 龙海区 长泰区 云霄县 漳浦县 诏安县 东山县 南靖县 平和县
福建省 南平市 350700 353000 0599 延平区 建阳区 顺昌县 浦城县 政和县 邵武市 武夷山市 建瓯市
福建省 龙岩市 350800 364000 0597 新罗区 永定区 长汀县 上杭县 武平县 连城县 漳平市
福建省 宁德市 350900 352100 0593 蕉城区 霞浦县 古田县 屏南县 寿宁县 柘荣县 福安市 福鼎市
浙江省 杭州市 330100 310000 0571 上城区 拱墅区 西湖区 滨江区 萧山区 余杭区 临平区 钱塘区
"""
STREETS = (
    "五四路", "湖东路", "古田路", "工业路", "鹭江道", "湖滨南路", "软件园二期", "海天路", "津淮街", "东街", "温陵路",
    "世纪大道", "和平路", "解放路", "人民路", "中山路", "建设大道", "滨江大道", "迎宾路", "学府路", "创业路", "港口路",
)  # fmt: skip
BUILDINGS = ("", "", "A座", "B座", "1号楼", "3号楼", "5号楼", "科技楼", "商务中心", "综合楼")


@dataclass(frozen=True)
class City:
    """A city at prefecture level; ``code`` is its own code of six digits, ``area`` its telephone prefix."""

    province: str
    name: str
    code: str
    postcode: str
    area: str
    districts: tuple[str, ...]

    @property
    def short(self) -> str:
        """The name as firms bear it."""
        return self.name.removesuffix("市")


def _read(line: str) -> City:
    province, name, code, postcode, area, *districts = line.split()
    return City(province, name, code, postcode, area, tuple(districts))


CITIES = {city.name: city for city in map(_read, _LINES.splitlines())}


def address(rng: Random, city: str) -> str:
    """Return an address down to the room, beginning with the province."""
    place = CITIES[city]
    street = f"{rng.choice(STREETS)}{rng.randrange(1, 400)}号{rng.choice(BUILDINGS)}"
    return f"{place.province}{city}{rng.choice(place.districts)}{street}{rng.randrange(101, 2810)}室"


def region(city: str) -> str:
    """Return province and city as they stand before an address."""
    return CITIES[city].province + city


def region_code(city: str) -> str:
    """Return the city's own code (GB/T 2260)."""
    return CITIES[city].code


def postcode(city: str) -> str:
    """Return the postcode of the city's head office."""
    return CITIES[city].postcode
