"""One index type per file; each registers itself."""
