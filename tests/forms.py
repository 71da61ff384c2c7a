"""What somebody would type into the forms: valid, complete, as text. Change what a test is about."""

from typing import Any

from models import Unit
from tests import factories


def unit_form(node: Any, **values: Any) -> dict[str, Any]:
    """Fill the form of a domestic enterprise at ``node``."""
    return {
        "name": "福州测试贸易有限公司", "uscc": factories.uscc(), "origin": "境内", "category": "企业", "reg_capital": "500",
        "licence_type": "营业执照", "city": "福州市", "address": "五四路1号", "contact_name": "李四",
        "contact_mobile": "13800138000", "contact_email": "li@example.com", "referral_code": node.referral_code,
        "delegation_id": node.id, **values,
    }  # fmt: skip


def person_form(unit: Unit, **values: Any) -> dict[str, Any]:
    """Fill the form of a visitor with a resident identity card who collects the badge on site."""
    return {
        "unit_id": unit.id, "name": "王五", "id_type": "居民身份证", "id_no": factories.resident_id(), "title": "经理",
        "mobile": "13900139000", "get_method": "现场领取", "consent": "on", **values,
    }  # fmt: skip
