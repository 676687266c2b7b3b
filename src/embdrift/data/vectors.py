"""One version's vectors: read from a file, normalized, and written with ids and card."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch

from embdrift.data.blocks import as_bytes, block_rows, row_blocks, wide_norms
from embdrift.data.ids import SIDECARS, as_ids, ids_beside, read_ids, require_unique
from embdrift.data.memory_maps import gather
from embdrift.data.opening import reading
from embdrift.data.vector_files import FileContents, read_contents
from embdrift.errors import InputError
from embdrift.files import storing, whole_file
from embdrift.settings import ZeroVectors
from embdrift.types import Array, EmbeddingSet, Similarity


def read(
    path: Path | str,
    *,
    name: str | None = None,
    ids: Path | str | None = None,
    similarity: Similarity = Similarity.cosine,
    normalize: bool = False,
    truncate: int | None = None,
    column: str | None = None,
    zero_vectors: ZeroVectors = ZeroVectors.error,
) -> EmbeddingSet:
    """Read one version of vectors, memory-mapped where its format allows it.

    Args:
        path: the file; its suffix says which format it has
        name: what the version is called; the file's name without its suffix where none is given
        ids: a file of ids (.txt, .json, .csv, .parquet); else the ids in the file, else those in a file
            `<stem>.ids.json`, `.ids.txt` or `.ids.csv` beside it, else row numbers
        similarity: how these vectors are compared
        normalize: give every vector length 1, in float32 (float64 stays float64)
        truncate: keep only this many leading dimensions (Matryoshka), before normalizing
        column: the array, column or dataset to read, where the file holds several
        zero_vectors: what `normalize` does about a vector of zeros: refuse it, or keep it as it is

    Raises:
        InputError: when the file cannot be read, ids repeat or do not fit, or an option is out of range
        StorageError: when normalized vectors need room on a disk that has none
    """
    contents = read_contents(path, column=column)
    found = find_ids(Path(path).expanduser(), contents, ids)
    vectors = _truncated(contents.vectors, truncate, path)
    card = dict(read_card(path))
    if truncate is not None:
        card["truncate"] = truncate
    if normalize:
        card["normalize"] = True
        vectors = unit_rows(vectors, str(path), keep_zeros=zero_vectors is ZeroVectors.leave_out)
    return EmbeddingSet(
        name=name if name is not None else Path(path).stem,
        vectors=vectors,
        ids=found.ids,
        has_ids=bool(found.source),
        similarity=similarity,
        card=card,
        source=str(path),
    )


@dataclass(frozen=True, eq=False)
class FoundIds:
    """Ids of shape (n,) and where they came from; an empty source means row numbers."""

    ids: Array
    source: str


def find_ids(path: Path, contents: FileContents, given: Path | str | None = None) -> FoundIds:
    """The ids of a file's vectors: those in the file named, else those inside, else those beside, else row numbers.

    Raises:
        InputError: when ids cannot be read, are not as many as the vectors, or repeat
    """
    n = int(contents.vectors.shape[0])
    source: Path | str | None = given if given is not None else (None if contents.ids is not None else ids_beside(path))
    if source is not None:
        ids = read_ids(source)
    elif contents.ids is not None:
        ids, source = contents.ids, path
    else:
        return FoundIds(np.arange(n, dtype=np.int64), "")
    if len(ids) != n:
        headless = str(source).endswith(".csv") and len(ids) == n - 1
        hint = "does it lack a line with the column's name?" if headless else "give the file of ids that belongs to it"
        raise InputError(f"{path} holds {n:,} vectors and {source} {len(ids):,} ids; {hint}")
    require_unique(ids, str(source))
    return FoundIds(ids, str(source))


def read_card(path: Path | str) -> Mapping[str, Any]:
    """How the vectors were made, from `<stem>.card.json` beside their file; empty where there is none.

    Raises:
        InputError: when that file is no JSON object
    """
    vectors = Path(path).expanduser()
    beside = vectors.with_name(f"{vectors.stem}.card.json")
    if not beside.exists():
        return {}
    with reading(beside, "a version card"):
        card = json.loads(beside.read_bytes())
    if not isinstance(card, dict):
        raise InputError(f"{beside} must hold a JSON object, got {type(card).__name__}")
    return card


def _truncated(vectors: torch.Tensor, dimensions: int | None, path: Path | str) -> torch.Tensor:
    if dimensions is None:
        return vectors
    d = int(vectors.shape[1])
    if not 1 <= dimensions <= d:
        raise InputError(f"{path}: truncate must be between 1 and the dimension {d}, got {dimensions}")
    return vectors[:, :dimensions]


def unit_rows(vectors: torch.Tensor, source: str, *, keep_zeros: bool = False) -> torch.Tensor:
    """Every row divided by its Euclidean length, in float32 (float64 stays float64), shape (n, d).

    Lengths and quotients are taken in float64. Rows with NaN or infinite values stay as they are, so that validation
    names what the file holds. Beyond 1 GiB the result lies in an unnamed file of the cache folder.

    Args:
        vectors: shape (n, d), any type
        source: what messages name
        keep_zeros: leave vectors of zeros as they are

    Raises:
        InputError: when a vector is all zeros and `keep_zeros` is off
        StorageError: when the cache folder cannot hold the result
    """
    n, d = vectors.shape
    dtype = np.dtype(np.float64 if vectors.dtype == torch.float64 else np.float32)
    return torch.from_numpy(gather(_unit_blocks(vectors, source, keep_zeros), (n, d), dtype))


def _unit_blocks(vectors: torch.Tensor, source: str, keep_zeros: bool) -> Iterator[Array]:
    for start, block in row_blocks(vectors, block_rows(int(vectors.shape[1]), 8)):
        wide, norms = wide_norms(block)
        if not keep_zeros and bool((norms == 0).any()):
            row = start + int(torch.nonzero(norms == 0)[0])
            raise InputError(
                f"{source}: the vector in row {row} is zero and cannot be given length 1; embed it again or set "
                "zero_vectors=leave_out"
            )
        usable = torch.isfinite(norms) & (norms > 0)
        divisors = torch.where(usable, norms, torch.ones_like(norms))
        yield (wide / divisors[:, None]).numpy()


def query_part(corpus: Path | str | None, queries: Path | str) -> str | None:
    """The dataset of the queries where their file is the corpus's own: `test` in ann-benchmarks' HDF5 files, else None.

    Args:
        corpus: file of the corpus
        queries: file of the queries
    """
    path = Path(queries)
    shared = corpus is not None and Path(corpus) == path
    return "test" if shared and path.suffix.lower() in (".h5", ".hdf5") else None


SAFETENSORS_NAMES = {
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float64: "F64",
    torch.int8: "I8",
    torch.uint8: "U8",
}


def write_vectors(
    path: Path,
    vectors: torch.Tensor,
    ids: Array | Sequence[str] | Sequence[int] | None,
    card: Mapping[str, Any],
) -> None:
    """Write vectors with their ids (`<stem>.ids.json`) and their card (`<stem>.card.json`), the card last.

    A card beside vectors therefore belongs to them and says that they are whole: those of an earlier set go first.

    Args:
        path: ends in .npy or .safetensors; bfloat16 needs the latter
        vectors: shape (n, d)
        ids: shape (n,), unique; None for row numbers
        card: how the vectors were made; anything that JSON can hold

    Raises:
        InputError: when the suffix does not fit, ids repeat or are not as many as the vectors
        StorageError: when the files cannot be written
    """
    write_values = _writer(path, vectors)
    listed = None if ids is None else _checked(ids, len(vectors), path)
    _remove_sidecars(path)
    with _whole(path) as file:
        write_values(file, vectors)
    if listed is not None:
        _write_json(path.with_name(f"{path.stem}.ids.json"), listed.tolist())
    _write_json(path.with_name(f"{path.stem}.card.json"), dict(card))


def _writer(path: Path, vectors: torch.Tensor) -> Callable[[IO[bytes], torch.Tensor], None]:
    writers = {".npy": _write_npy, ".safetensors": _write_safetensors}
    if path.suffix not in writers:
        raise InputError(f"{path} must end in .npy or .safetensors, got {path.suffix or 'no ending'!r}")
    if path.suffix == ".npy" and vectors.dtype == torch.bfloat16:
        raise InputError(f"{path} cannot hold bfloat16, which NumPy does not know; end the name in .safetensors")
    return writers[path.suffix]


def _checked(ids: Array | Sequence[str] | Sequence[int], n: int, path: Path) -> Array:
    listed = as_ids(ids, f"ids for {path}")
    if len(listed) != n:
        raise InputError(f"{path}: {n:,} vectors need {n:,} ids, got {len(listed):,}")
    require_unique(listed, f"ids for {path}")
    return listed


def _remove_sidecars(path: Path) -> None:
    with storing(path):
        for suffix in (".card.json", *SIDECARS):
            path.with_name(path.stem + suffix).unlink(missing_ok=True)


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    with whole_file(path) as temporary, temporary.open("wb") as file:
        yield file


def _write_npy(file: IO[bytes], vectors: torch.Tensor) -> None:
    dtype = np.dtype(str(vectors.dtype).removeprefix("torch."))
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": tuple(vectors.shape)}
    np.lib.format.write_array_header_1_0(file, header)
    _write_blocks(file, vectors)


def _write_safetensors(file: IO[bytes], vectors: torch.Tensor) -> None:
    size = vectors.numel() * vectors.element_size()
    dtype = SAFETENSORS_NAMES[vectors.dtype]
    entry = {"vectors": {"dtype": dtype, "shape": list(vectors.shape), "data_offsets": [0, size]}}
    header = json.dumps(entry).encode()
    header += b" " * (-len(header) % 8)  # the values start at a multiple of 8
    file.write(len(header).to_bytes(8, "little") + header)
    _write_blocks(file, vectors)


def _write_blocks(file: IO[bytes], vectors: torch.Tensor) -> None:
    for _, block in row_blocks(vectors):
        file.write(as_bytes(block).data)


def _write_json(path: Path, value: object) -> None:
    with _whole(path) as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=2 if isinstance(value, dict) else None).encode())
