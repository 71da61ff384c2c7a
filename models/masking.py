"""How personal data looks where its reader has not asked to see it (DOMAIN §8): total functions of any text.

Every mask but that of restricted texts keeps the length, and shows at most half of a value shorter than its usual form.
"""


def _keep(text: str, head: int, tail: int, usual: int) -> str:
    """Show ``head`` and ``tail`` characters; below the ``usual`` length half the text at most."""
    if len(text) < usual:
        shown = min(head + tail, len(text) // 2)
        tail = min(tail, shown // 2)
        head = min(head, shown - tail)
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]


def mask_identity(number: str) -> str:
    """Mask a paper's number: ``110***********002X``; a passport ``E1*****78``."""
    return _keep(number, 3, 4, usual=14)


def mask_mobile(number: str) -> str:
    """Mask a mobile number: ``138****8000``."""
    return _keep(number, 3, 4, usual=11)


def mask_restricted(text: str) -> str:
    """Mask what only few may read: nothing of it is shown, not even how long it is."""
    return "（限阅）" if text else ""


def mask_name(name: str) -> str:
    """Mask a name: ``欧**娜``, ``欧**`` for three characters, ``张*`` for two."""
    return _keep(name, 1, 1, usual=4)


def mask_email(address: str) -> str:
    """Mask the part before the last ``@``: ``zh******@example.com``; without an ``@`` the whole text."""
    local, at, domain = address.rpartition("@")
    if not at:
        return _keep(address, 2, 0, usual=4)
    return _keep(local, 2, 0, usual=4) + at + domain
