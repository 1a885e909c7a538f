"""E-mail addresses: one spelling for each, and nothing that could smuggle itself into a header."""

import re

from messaging.errors import MimeError
from messaging.rules import Rule

_UNSAFE_IN_HEADER = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"  # control characters, lone surrogates
    r"|=\?[^?]*\?[bq]\?"  # an encoded word, which could decode to a line break
    r"|%0[ad]",  # a line break in URL encoding
    re.IGNORECASE,
)
_LOCAL_ATOM = r'[^\s\x00-\x20"(),.:;<>@\[\\\]\x7f-\xa0\ud800-\udfff]+'
_ADDRESS = re.compile(rf"({_LOCAL_ATOM}(?:\.{_LOCAL_ATOM})*)@([^@]+)")
_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_MAX_LOCAL_BYTES = 64
_MAX_DOMAIN_BYTES = 253


def parse_address(text: str, *, field: str = "address") -> str:
    """Return one ``local@domain`` address, its domain in ASCII (IDNA).

    Names, comments, quoted local parts, lists and domain literals are refused.

    Raises:
        MimeError: by the rule ``BAD_HEADER`` or ``BAD_ADDRESS``.
    """
    check_header(text, field=field)
    refusal = MimeError(
        "expected one address such as name@example.org", field=field, rule=Rule.BAD_ADDRESS
    )
    match = _ADDRESS.fullmatch(text)
    if match is None or len(match[1].encode()) > _MAX_LOCAL_BYTES:
        raise refusal
    try:
        domain = match[2].encode("idna").decode("ascii")
    except UnicodeError:
        raise refusal from None
    if len(domain) > _MAX_DOMAIN_BYTES or not _DOMAIN.fullmatch(domain):
        raise refusal
    return f"{match[1]}@{domain}"


def check_header(value: str, *, field: str) -> None:
    """Refuse control characters, encoded words and encoded line breaks.

    Raises:
        MimeError: by the rule ``BAD_HEADER``.
    """
    if _UNSAFE_IN_HEADER.search(value):
        raise MimeError(
            "expected one line of plain text; got a control character or an encoded one",
            field=field,
            rule=Rule.BAD_HEADER,
        )
