"""Readers of vector files, one file per format, found by scanning this folder."""
