"""The files beside a set of vectors that say more about its items: their cohorts and texts, and judgements."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from embdrift.embed.texts import Texts
from embdrift.files import whole_file


def write_items(path: Path, texts: Texts) -> None:
    """Write the items table as Parquet: column `id`, one column per cohort, column `text`.

    Raises:
        StorageError: when the file cannot be written
    """
    table = pa.table({"id": texts.ids, **texts.cohorts, "text": texts.texts})
    with whole_file(path) as temporary:
        pa.parquet.write_table(table, temporary)


def write_qrels(path: Path, texts: Texts) -> None:
    """Write the judgements as a table with tabs: columns `query-id`, `corpus-id`, `score`, the layout of BEIR.

    Raises:
        StorageError: when the file cannot be written
    """
    lines = ["query-id\tcorpus-id\tscore", *(f"{query}\t{item}\t{score}" for query, item, score in texts.qrels)]
    with whole_file(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
