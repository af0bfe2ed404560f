"""Work that cannot be counted in steps, said to whoever waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scs_ml.core import Progress


@contextmanager
def stage(progress: Progress | None, what: str) -> Iterator[None]:
    """Report one piece of work as begun, and as done where it ends without an error.

    Parameters
    ----------
    progress : Progress or None
    what : str
        Its name on the progress bar.
    """
    if progress:
        progress(what, 0, 1)
    yield
    if progress:
        progress(what, 1, 1)
