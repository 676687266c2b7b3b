"""Where the queries are in a file that holds the corpus too."""

from pathlib import Path


def query_part(corpus: Path | str | None, queries: Path | str) -> str | None:
    """The dataset of the queries where their file is the corpus's own: `test` in ann-benchmarks' HDF5 files, else None.

    Args:
        corpus: file of the corpus
        queries: file of the queries
    """
    path = Path(queries)
    shared = corpus is not None and Path(corpus) == path
    return "test" if shared and path.suffix.lower() in (".h5", ".hdf5") else None
