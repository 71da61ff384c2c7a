"""The table by which a courier says which parcel got which number (DOMAIN §5.4); its columns stand in the mailing list, too."""

from typing import Final

from exchange.template_book import TemplateColumn, build_template

TEMPLATE: Final = "tracking"
VERSION: Final = "1"
NAME: Final = "快递单号导入模板"
PARCEL, COURIER, TRACKING, SENT = "包裹号", "快递公司", "快递单号", "寄出日期"
COLUMNS: Final = (
    TemplateColumn(PARCEL, required=True, width=18, help="面单和邮寄清单上的包裹号"),
    TemplateColumn(COURIER, required=True, width=16, help="如 顺丰速运"),
    TemplateColumn(TRACKING, required=True, width=24, help="运单号码，6 至 40 位字母、数字或连字符，文本格式"),
    TemplateColumn(SENT, width=14, help="如 2024-10-20；不填为导入当天"),
)
INSTRUCTIONS: Final = (
    "每个包裹一行，以包裹号识别；也可直接在导出的邮寄清单上填写快递公司、快递单号、寄出日期后上传。",
    "快递单号列为文本格式，请勿改为数值；从别处复制时请“选择性粘贴—数值”。",
    "已登记寄出且单号相同的行不重复登记；单号不同的须先办理“更正快递单号”。",
    "上传后先核对，确认后才写入；写入后包裹转为“已寄出”，其中的证件转为“寄递发放中”。",
)


def template(edition: str = "") -> bytes:
    """Return the empty workbook, for the edition of that code."""
    return build_template(COLUMNS, TEMPLATE, VERSION, INSTRUCTIONS, "快递单号", edition=edition)
