"""What stands on a person's identity paper and is chosen from a list (DOMAIN §2.3)."""

from models.words import Labelled


class IdType(Labelled):
    """Kind of identity paper (证件类型)."""

    RESIDENT_ID = "RESIDENT_ID", "居民身份证"
    HK_MACAO_PERMIT = "HK_MACAO_PERMIT", "港澳居民来往内地通行证"
    TAIWAN_PERMIT = "TAIWAN_PERMIT", "台湾居民来往大陆通行证"
    HMT_RESIDENCE = "HMT_RESIDENCE", "港澳台居民居住证"
    PASSPORT = "PASSPORT", "护照"
    FOREIGN_PR = "FOREIGN_PR", "外国人永久居留身份证"


class Sex(Labelled):
    """Sex as printed on the paper."""

    M = "M", "男"
    F = "F", "女"
