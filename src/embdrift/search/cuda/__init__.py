from embdrift.search.cuda.blocks import certified_blocks, cuda_blocks, fast_path
from embdrift.search.cuda.certificate import Certificate, join

__all__ = ["Certificate", "certified_blocks", "cuda_blocks", "fast_path", "join"]
