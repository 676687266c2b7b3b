"""How long work reports how far it has come, without knowing who listens."""

from typing import Protocol


class Progress(Protocol):
    """Receives how far a piece of long work has come."""

    def start(self, label: str, total: int, done: int = 0) -> None:
        """A piece of work begins: `total` units, of which `done` were finished in an earlier run."""

    def advance(self, amount: int) -> None:
        """`amount` more units are finished."""

    def finish(self) -> None:
        """The piece of work is complete."""


class Silent:
    """Listens to nothing."""

    def start(self, label: str, total: int, done: int = 0) -> None:
        """Ignore."""

    def advance(self, amount: int) -> None:
        """Ignore."""

    def finish(self) -> None:
        """Ignore."""
