"""`.parquet`: a list column of vectors, read a batch of rows at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embdrift.data.blocks import block_rows
from embdrift.data.ids import arrow_ids, id_name
from embdrift.data.memory_maps import gather
from embdrift.data.opening import reading
from embdrift.data.readers.tensors import as_tensor, require_shape
from embdrift.data.vector_files import FileContents, choose, reads
from embdrift.errors import InputError
from embdrift.types import Array

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

KIND = "Parquet"
FEW_ROWS = 1024


@reads(".parquet", ".pq")
def read_parquet(path: Path, column: str | None = None) -> FileContents:
    """Read the list column of vectors, and the ids in the column `id` where there is one.

    Raises:
        InputError: when the file is damaged, no column suggests itself, or its lists are missing, uneven or hold gaps
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    checked = {"memory_map": True, "page_checksum_verification": True}
    with reading(path, KIND, pa.ArrowException), pq.ParquetFile(path, **checked) as file:
        schema = file.schema_arrow
        tables = [field.name for field in schema if _is_vector(field.type)]
        part = choose(tables, schema.names, column, path, "column")
        if part not in tables:
            raise InputError(f"{path}, column {part!r}: vectors need lists of numbers, got {schema.field(part).type}")
        vectors = as_tensor(_vectors(file, part, path), path)
        flat = [field.name for field in schema if not pa.types.is_nested(field.type)]
        name = id_name(flat)
        ids = arrow_ids(file.read([name])[name], f"{path}, column {name!r}") if name else None
        return FileContents(
            vectors, KIND, ids, part, tuple(other for other in schema.names if other not in (part, name))
        )


def _is_vector(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    types = pa.types
    if not (types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)):
        return False
    return bool(types.is_floating(kind.value_type) or types.is_integer(kind.value_type))


def _vectors(file: "pq.ParquetFile", part: str, path: Path) -> Array:
    kind = file.schema_arrow.field(part).type
    dtype = np.dtype(kind.value_type.to_pandas_dtype())
    n = file.metadata.num_rows
    require_shape((n, 1), path)
    d = _dimension(file, part, path)
    return gather(_batches(file, part, d, dtype, path), (n, d), dtype)


def _dimension(file: "pq.ParquetFile", part: str, path: Path) -> int:
    batch = next(file.iter_batches(batch_size=1, columns=[part]), None)
    if batch is None:
        raise ValueError("it promises rows and holds none")
    first = batch.column(0)[0].as_py()
    if first is None:
        raise InputError(f"{path}, column {part!r}: row 0 has no vector")
    return require_shape((1, len(first)), path)[1]


def _batches(file: "pq.ParquetFile", part: str, d: int, dtype: "np.dtype[Any]", path: Path) -> Iterator[Array]:
    start = 0
    rows = max(FEW_ROWS, block_rows(d, dtype.itemsize))
    for batch in file.iter_batches(batch_size=rows, columns=[part]):
        yield _batch(batch.column(0), d, f"{path}, column {part!r}", start)
        start += len(batch)


def _batch(lists: "pa.Array", d: int, source: str, start: int) -> Array:
    """The values of one batch of lists, shape (rows * d,)."""
    import pyarrow.compute as pc

    if lists.null_count:
        row = start + int(np.flatnonzero(lists.is_null().to_numpy(zero_copy_only=False))[0])
        raise InputError(f"{source}: row {row} has no vector")
    lengths = pc.list_value_length(lists).to_numpy(zero_copy_only=False)
    if (lengths != d).any():
        row = int(np.flatnonzero(lengths != d)[0])
        raise InputError(f"{source}: row {start + row} has {lengths[row]} dimensions, the first row has {d}")
    values = lists.flatten()
    if values.null_count:
        place = int(np.flatnonzero(values.is_null().to_numpy(zero_copy_only=False))[0])
        raise InputError(f"{source}: row {start + place // d} has a missing value in dimension {place % d}")
    return np.asarray(values.to_numpy(zero_copy_only=False))
