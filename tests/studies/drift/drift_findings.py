"""Gathered findings as a run would write them."""

import pandas as pd


def tables_of(found):
    """The further tables by name, each in one piece."""
    return {name: pd.concat(frames, ignore_index=True) for name, frames in found.tables.items()}


def parts(found):
    """Rows, tables and notes."""
    return found.rows, tables_of(found), tuple(found.notes)
