from embdrift.data.readers.bigann import read_bigann
from embdrift.data.readers.hdf5 import read_hdf5
from embdrift.data.readers.npy import read_npy
from embdrift.data.readers.npz import read_npz
from embdrift.data.readers.parquet import read_parquet
from embdrift.data.readers.pt import read_pt
from embdrift.data.readers.registry import READERS, read_contents, reads
from embdrift.data.readers.safetensors import read_safetensors
from embdrift.data.readers.vecs import read_vecs

__all__ = [
    "READERS",
    "read_bigann",
    "read_contents",
    "read_hdf5",
    "read_npy",
    "read_npz",
    "read_parquet",
    "read_pt",
    "read_safetensors",
    "read_vecs",
    "reads",
]
