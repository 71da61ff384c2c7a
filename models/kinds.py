"""Column kinds: types that know their sensitivity and their check, for ``Mapped[...]`` annotations.

``says()`` is the one way a column tells what it is; every reader (lists, forms, filters, exports, imports, masks,
audit, data dictionary) goes through ``models.columns``.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import DateTime, Dialect, Enum, LargeBinary, String, TypeDecorator
from sqlalchemy.orm import mapped_column

from models import keyring, masking, validators
from models.keyring import SealedText
from models.words import Labelled

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def says(label: str, **facts: Any) -> dict[str, Any]:
    """Describe a column: ``label`` and any of the facts that ``models.columns.Column`` knows.

    ``help``, ``means``, ``rule``, ``group`` (fieldset), ``listed``, ``searched``, ``filtered``, ``required`` ("always", "domestic",
    "overseas", "enterprise", "mailed"), ``machine`` (no form may write it), ``once`` (only at creation), ``check``.
    """
    return {"label": label, **facts}


def new_ref(randbelow: Callable[[int], int] = secrets.randbelow) -> str:
    """Make a ten-character public reference number without look-alike characters (50 bits)."""
    return "".join(ALPHABET[randbelow(32)] for _ in range(10))


class Sealed(TypeDecorator[SealedText]):
    """An encrypted text column; plain text can never reach the database through it."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: SealedText | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        if not isinstance(value, SealedText):
            raise TypeError("a sealed column takes sealed values only: see models.kinds.seal_values")
        return value.blob

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> SealedText | None:
        return None if value is None else SealedText(bytes(value))


class SealedBytes(TypeDecorator[bytes]):
    """An encrypted file in a column; the program sees it plain. ``place`` names table and column."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else keyring.current().seal_bytes(value, self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else keyring.current().open_bytes(bytes(value), self.place)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment; aware in Python (UTC), stored without a zone on SQLite and with one on PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    """Return the present moment in UTC, with microseconds."""
    return datetime.now(UTC)


def enum_type(values: type[Labelled], name: str) -> Enum:
    """Store an enumeration as text with a CHECK of its own name on both engines."""
    return Enum(values, native_enum=False, length=30, create_constraint=True, name=name, validate_strings=True)


def _sealed_kind(sensitivity: str, length: int, rule: str) -> Any:
    info = {"sensitivity": sensitivity, "length": length, "rule": rule}
    return mapped_column(Sealed(length), nullable=True, info=info)


IdNumber = Annotated[SealedText | str | None, _sealed_kind("identity", 200, "按证件类型核对位数、校验码和出生日期")]
Phone = Annotated[
    SealedText | str | None, _sealed_kind("mobile", 200, "内地手机为 1 开头的 11 位数字；境外号码以 + 和国家代码开头")
]
Restricted = Annotated[SealedText | str | None, _sealed_kind("restricted", 200, "不超过 200 个字")]
Moment = Annotated[datetime, mapped_column(UtcDateTime())]
Text50 = Annotated[str, mapped_column(String(50))]
Text100 = Annotated[str, mapped_column(String(100))]
Text500 = Annotated[str, mapped_column(String(500))]
Uscc = Annotated[
    str,
    mapped_column(
        String(18), info={"rule": "18 位数字和大写字母，最后一位为校验码", "check": validators.check_uscc, "code": True}
    ),
]
Email = Annotated[
    str,
    mapped_column(
        String(100), info={"rule": "形如 name@example.com", "check": validators.check_email, "sensitivity": "email"}
    ),
]
Landline = Annotated[
    str,
    mapped_column(
        String(60), info={"rule": "区号-号码，或 400、800 号码；可填两个，用空格隔开", "check": validators.check_phone}
    ),
]
Postcode = Annotated[
    str, mapped_column(String(6), info={"rule": "6 位数字", "check": validators.check_postcode, "code": True})
]
PersonName = Annotated[
    str,
    mapped_column(
        String(50),
        info={"rule": "文字、间隔号“·”、空格、连字符和撇号，不含数字", "check": validators.check_person_name},
    ),
]
Money = Annotated[int, mapped_column(info={"money": True})]

MASKS: Mapping[str, Callable[[str], str]] = {
    "identity": masking.mask_identity,
    "mobile": masking.mask_mobile,
    "email": masking.mask_email,
    "name": masking.mask_name,
    "restricted": masking.mask_restricted,
}


def seal_place(table: str, column: str, ref: str) -> str:
    """Name the place a value is sealed for."""
    return f"{table}.{column}:{ref}"


def seal_values(table: str, column: str, ref: str, plain: str | None) -> dict[str, Any]:
    """Turn one plain number into its three stored columns: cipher, exact index, index of the last four characters."""
    if not plain:
        return {column: None, f"{column}_index": None, f"{column}_tail": None}
    ring = keyring.current()
    return {
        column: ring.seal(plain, seal_place(table, column, ref)),
        f"{column}_index": ring.index(plain, column),
        f"{column}_tail": ring.index(plain[-4:], f"{column}.tail", keyring.TAIL_CHARS),
    }


def open_sealed(table: str, column: str, ref: str, value: SealedText | str | None) -> str:
    """Return the plain number of a row ("" when absent); raise SealBroken when it was tampered with."""
    if value is None:
        return ""
    return value if isinstance(value, str) else keyring.current().open(value, seal_place(table, column, ref))


def opened(row: Any, column: str) -> str:
    """Return the plain text of a sealed attribute of a model object."""
    return open_sealed(row.__tablename__, column, row.ref, getattr(row, column))


def mask(sensitivity: str, plain: str) -> str:
    """Mask a plain value by its sensitivity (DOMAIN §8: 110***********002X, 138****8000)."""
    return MASKS[sensitivity](plain) if plain else ""
