"""What lies in a cache's folder."""


def get(cache, task, content="c", **options):
    """The task's table from the cache."""
    return cache.neighbors(task, corpus_fingerprint=content, query_fingerprint=content, device="cpu", **options)


def files(folder):
    """Path inside the folder -> bytes, for everything but locks."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def finished(cache):
    """The folder of the only finished table."""
    (table,) = cache.kept()
    return table.folder
