"""Whether an error means that the machine's memory, or this process's share of it, ran out.

Libraries say so in many ways: Python by `MemoryError`, the loader of shared libraries by an import
that fails, torch and C++ by a `RuntimeError`, threads by not starting.
"""

import errno
import re
from collections.abc import Iterator

__all__ = ["ADVICE", "SAID", "is_out_of_memory", "memory_words"]

ADVICE = (
    "End other programs, or give this one more: `free -h` shows the machine's memory, and "
    "`ulimit -v` and the container's settings show what a process may use."
)

SAID = re.compile(
    r"can'?not allocate|can'?t allocate memory|DefaultCPUAllocator|bad_alloc|MemoryError|"
    r"failed to map segment|cannot create shared object|can'?t start new thread|"
    r"Unable to allocate|Memory allocation (?:still )?failed|out of memory|oom-kill|ENOMEM",
    re.IGNORECASE,
)
"""How libraries word it."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this error, or one that it came from, means that memory ran out.

    The memory of a GPU does not count: it has errors and advice of its own.
    """
    return any(map(_says_so, _with_causes(error)))


def memory_words(error: BaseException) -> str:
    """What to tell of such an error: that memory ran out, where it was noticed, what to do."""
    said = next((str(one) for one in _with_causes(error) if _says_so(one)), "").strip()
    last = said.splitlines()[-1].strip() if said else type(error).__name__
    return f"There is not enough memory ({last[:200]}). {ADVICE}"


def _says_so(error: BaseException) -> bool:
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno == errno.ENOMEM
    if not isinstance(error, ImportError | OSError | RuntimeError):
        return False
    said = str(error)
    return "CUDA" not in said and "HIP" not in said and SAID.search(said) is not None


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in seen:
        seen.append(found)
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
