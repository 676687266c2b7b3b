"""In which order texts are encoded: alike in length together, in pieces that are kept when a run is killed."""

from collections.abc import Iterator, Sequence

import numpy as np

from embdrift.types import Positions

CHUNK = 256
"""Texts in a piece, at least: seconds of work on a CPU, and too many for the files to cost time."""


def chunks(texts: Sequence[str], batch_size: int) -> list[Positions]:
    """Positions of the texts, longest first, in pieces of whole batches.

    Padding to the longest text of a batch costs little where lengths are alike. The pieces depend on nothing but the
    texts and the batch size, so a run that goes on encodes the same batches and gets the same bytes.

    Args:
        texts: at least one
        batch_size: texts encoded together
    """
    lengths = np.array([len(text) for text in texts])
    order = np.argsort(-lengths, kind="stable")
    size = -(-CHUNK // batch_size) * batch_size
    return [order[start : start + size] for start in range(0, len(order), size)]


def batches(piece: Positions, batch_size: int) -> Iterator[Positions]:
    """The batches of one piece, in order."""
    for start in range(0, len(piece), batch_size):
        yield piece[start : start + batch_size]
