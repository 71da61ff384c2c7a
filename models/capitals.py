"""Amounts in Chinese capitals (大写), as cheques and statements write them: 1680.32 → 壹仟陆佰捌拾元叁角贰分.

After 元 and 角 stands 整 where nothing smaller follows; zeros between figures are written as one 零, also where 角 is
missing before 分 (支付结算办法, annex 1). A zero before 仟 of a lower section or before 角 may be left out there, and is here.
"""

from typing import Final

DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
PLACES: Final = ("", "拾", "佰", "仟")
SECTIONS: Final = ("", "万", "亿", "万亿")
MOST: Final = 10**18  # 分: below ten thousand million million 元


def capitals(amount: int) -> str:
    """Write an amount of 分; a negative one with 负 in front. Raises ValueError from 10,000 万亿元 on."""
    if abs(amount) >= MOST:
        raise ValueError(f"{amount} is more than the capitals reach")
    yuan, cents = divmod(abs(amount), 100)
    words = ("负" if amount < 0 else "") + (f"{_whole(yuan)}元" if yuan else "")
    tens, ones = divmod(cents, 10)
    if not cents:
        return f"{words}整" if yuan else "零元整"
    if tens:
        return f"{words}{DIGITS[tens]}角" + (f"{DIGITS[ones]}分" if ones else "整")
    return f"{words}{'零' if yuan else ''}{DIGITS[ones]}分"


def _whole(number: int) -> str:
    """Write a whole number above nothing, four digits a section."""
    words, gap, of_hundred_millions = "", False, False
    for place in range(len(SECTIONS) - 1, -1, -1):
        section = number // 10000**place % 10000
        if not section:
            gap = bool(words)
        else:
            words += ("零" if words and (gap or section < 1000) else "") + _section(section)
            words += "万" if place == 3 else SECTIONS[place]
            gap, of_hundred_millions = False, of_hundred_millions or place == 3
        if place == 2 and of_hundred_millions and not section:
            words, gap = f"{words}亿", False
    return words


def _section(section: int) -> str:
    words = ""
    for place in range(3, -1, -1):
        digit = section // 10**place % 10
        if digit:
            words += DIGITS[digit] + PLACES[place]
        elif words and not words.endswith("零"):
            words += "零"
    return words.rstrip("零")
