"""Names of the user's own as text that XML and Prometheus accept."""

import unicodedata

# Cc control, Cs half a character, Zl and Zp line and paragraph separators: parsers refuse them or break lines at them.
UNSAFE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    r"""The text with every character that cannot be printed on a line written as its escape.

    XML 1.0 has no control characters, not even escaped; a Prometheus file with one may be refused whole.

    >>> printable("a\x07b\nc")
    'a\\x07b\\nc'
    """
    return "".join(_escape(mark) if _unsafe(mark) else mark for mark in text)


def _unsafe(mark: str) -> bool:
    # The last two code points of each plane, and 32 in the middle, are no characters for good.
    code = ord(mark)
    return unicodedata.category(mark) in UNSAFE or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _escape(mark: str) -> str:
    return mark.encode("unicode_escape").decode("ascii")
