"""The filter `url`: addresses as the record takes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urljoin

from app.domain.record.addresses import check_address
from app.errors import BadValue, shown_value

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9])")  # and no port
_HOST: Final = re.compile(r"(?:[^\s/?#@:]+\.)+[^\W\d_]{2,}(?::[0-9]+)?(?:[/?#].*)?", re.DOTALL)


def url(default: str | None = None, base: str | None = None) -> Callable[[str], Any]:
    """The address, checked. default: the scheme of one that has none. base: the address that others are relative to.

    Nothing else of it changes.
    """
    if default not in (None, "http", "https"):
        raise BadValue(f"default is a scheme, http or https, not {shown_value(default)}")
    if base is not None:
        check_address(base)

    def checked(text: str) -> str:
        whole = text if _SCHEME.match(text) else _completed(text)
        try:
            return check_address(whole)
        except BadValue as fault:
            right = "; an address without a scheme is read by url(default='https')" if default is base is None else ""
            raise BadValue(f"{fault}{right}", fault.suggestions) from None

    def _completed(text: str) -> str:
        if text.startswith("//"):
            return f"{default or (base or '').partition(':')[0]}:{text}" if default or base else text
        if default is not None and _HOST.fullmatch(text):
            return f"{default}://{text}"
        return urljoin(base, text) if base is not None else text

    return checked
