from embdrift.cache.tables import DEFAULT_LIMIT_BYTES, KeptTable, TableCache

__all__ = ["DEFAULT_LIMIT_BYTES", "KeptTable", "TableCache"]
