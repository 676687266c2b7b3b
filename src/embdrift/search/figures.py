"""What is kept of each rounded row: the places of three lengths."""

NORM, ROUNDED, RESIDUAL = 0, 1, 2
"""The length of the row, of the rounded row, and of their difference."""
