"""What faiss complains about, as one sentence."""

import re

from embdrift.errors import InputError
from embdrift.index.kind import Build

_PLACE = re.compile(r"^Error in .*? at \S+:\d+: ", re.DOTALL)
_CONDITION = re.compile(r"^Error: '(?P<condition>.*?)' failed(?:: (?P<said>.*))?$", re.DOTALL)


def complaint(build: Build, error: Exception) -> InputError:
    """An error of faiss while an index is made or searched, without the places in its source."""
    if isinstance(error, MemoryError) or "bad_alloc" in str(error):
        return InputError(f"{build.name} needs more memory than there is; choose a smaller index or fewer queries")
    text = _PLACE.sub("", str(error)).strip()
    found = _CONDITION.match(text)
    if found:
        text = found["said"] or f"it needs {found['condition']}"
    return InputError(
        f"faiss cannot use {build.name} here: {' '.join(text.split()).rstrip('.')}; leave it out or change it"
    )
