from embdrift.search.cuda.entry import cuda_blocks, kernels_for

__all__ = ["cuda_blocks", "kernels_for"]
