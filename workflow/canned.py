"""Sentences at hand for opinions: for each field found wrong, and those that everybody has.

They are written to the units, who read Chinese, and stay as they are in every language of the desk.
"""

from collections.abc import Mapping

from models.columns import columns_of
from workflow.registry import machine_of

OF_FIELDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "unit": {
        "licence": ("证照图片不清晰或不完整，请重新上传清晰的原件扫描件", "上传的证照不是本单位的，请更换", "证照已过期，请上传有效证照"),
        "name": ("单位名称与证照不一致，请按证照全称填写",),
        "uscc": ("统一社会信用代码与证照不一致；代码登记后不能修改，请联系所属分团",),
        "category": ("单位观众分类与证照不符，请重新选择",),
        "licence_type": ("证照类型选择有误，请按上传的证照选择",),
        "legal_rep": ("法定代表人与证照不一致，请更正",),
        "reg_capital": ("注册资本与证照不一致，请按“万元人民币”填写",),
        "city": ("所在城市与证照住所不一致，请核对",),
        "address": ("详细地址不完整，请补充到门牌号",),
        "contact_name": ("联系人姓名填写有误，请更正",),
        "contact_mobile": ("联系人手机无法接通，请更正后重新提交",),
        "delegation_id": ("所属分团选择有误，请核对属地后重新提交",),
        "referral_code": ("推荐码有误，请向所属交易团核实",),
    },
    "person": {
        "portrait": ("证件照背景不是白色，请重新上传", "证件照与本人或证件不符，请更换", "证件照不清晰，请重新上传"),
        "name": ("姓名与证件不一致，请按证件填写",),
        "name_en": ("英文姓名与护照不一致，请按护照机读区填写",),
        "id_no": ("证件号码与证件不一致，请逐位核对",),
        "id_expiry": ("证件在展会闭幕前到期，请换证后更新",),
        "title": ("职务填写不规范，请按任职文件填写",),
        "mobile": ("手机号码无法接通，请更正",),
        "recv_address": ("收件地址不完整，请补充到门牌号",),
        "old_card_no": ("原证件号有误，证件复用请填写往届证件上的号码",),
    },
}  # fmt: skip
GENERAL: Mapping[str, tuple[str, ...]] = {
    "unit": ("采购意向过于笼统，请写明产品名称和金额", "请补充缺少的必填项后重新提交", "与已登记的单位重复，请核对后再提交"),
    "person": ("请补充缺少的必填项后重新提交", "人员重复登记，请核对后再提交"),
}  # fmt: skip


def of_field(noun: str, key: str) -> tuple[str, ...]:
    """Return the sentences for a field; one that has none of its own is told by its label."""
    if key in OF_FIELDS[noun]:
        return OF_FIELDS[noun][key]
    return (f"“{columns_of(machine_of(noun).model)[key].label}”填写有误，请核对后修改",)
