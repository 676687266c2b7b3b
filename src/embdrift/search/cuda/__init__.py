from embdrift.search.cuda.blocks import cuda_blocks, kernels_for

__all__ = ["cuda_blocks", "kernels_for"]
