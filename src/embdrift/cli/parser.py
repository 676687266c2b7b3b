"""A parser of command lines that complains in one sentence."""

import argparse
import re
from difflib import get_close_matches
from typing import NoReturn

from embdrift.errors import InputError

_CHOICE = re.compile(r"argument (\S+): invalid choice: '(.*)' \(choose from (.*)\)", re.DOTALL)
_UNKNOWN = re.compile(r"unrecognized arguments: (.*)", re.DOTALL)


class SentenceParser(argparse.ArgumentParser):
    """Raises what argparse would print below a dozen lines of usage."""

    def error(self, message: str) -> NoReturn:
        """Complain.

        Raises:
            InputError: always
        """
        raise InputError(f"{self._sentence(message)}; see `{self.prog} --help`")

    def _sentence(self, message: str) -> str:
        message = message.replace(", KEY=VALUE", "")
        if choice := _CHOICE.match(message):
            what, given, known = choice[1], choice[2], re.findall(r"[\w-]+", choice[3])
            return f"{what.lower()} must be one of {', '.join(known)}, got {given!r}{self._nearest(given, known)}"
        if unknown := _UNKNOWN.match(message):
            flag = unknown[1].split()[0].partition("=")[0] if unknown[1].split() else ""
            return f"{unknown[1]!r} is no argument{self._nearest(flag, list(self._option_string_actions))}"
        return message

    @staticmethod
    def _nearest(given: str, known: list[str]) -> str:
        close = get_close_matches(given, known, n=1)
        return f", did you mean {close[0]}?" if close else ""
