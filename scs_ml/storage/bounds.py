"""What may be read from disk: regular files, and no file that unpacks to more than a machine holds."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from scs_ml.exceptions import ScsError

MOST_BYTES = 8 << 30  # unpacked: a table of a million rows and a thousand columns of numbers
FREE_BYTES = 64 << 20  # so much may come out of a file of any size: small tables of few values pack well
MOST_RATIO = (
    500  # unpacked bytes for each one on disk, over that; rare flags reach 320, a bomb of zeros 1,000
)


def regular_file(path: str | Path, error: type[ScsError], *, absent: str = "there is no such file") -> int:
    """Give the size of a file, and refuse what is none: a folder, a pipe, a device, or nothing at all.

    Parameters
    ----------
    path : path
    error : type
        The class of `ScsError` to raise.
    absent : str
        What the error says where nothing is there.

    Returns
    -------
    int
        Bytes.

    Raises
    ------
    ScsError
        Of the class given. Nothing is opened, so that a pipe without a writer does not hold up its reader.
    """
    try:
        found = Path(path).stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise error(absent, where=str(path), remedy="check the path") from None
    except OSError as refused:
        what = f"the file cannot be read: {refused.strerror}"
        raise error(what, where=str(path), remedy="check the path, and who may read it") from None
    if not stat.S_ISREG(found.st_mode):
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "a pipe or a device"
        raise error(f"this is {what}, not a file", where=str(path), remedy="give the path of a regular file")
    if not os.access(path, os.R_OK):
        raise error("the file may not be read", where=str(path), remedy="ask its owner for permission")
    return found.st_size


def unpacked_limit(stored: int) -> int:
    """Give how many bytes a packed file of `stored` bytes may unpack to.

    Parameters
    ----------
    stored : int
        Bytes on disk.

    Returns
    -------
    int
        `FREE_BYTES`, or `MOST_RATIO` times its size where that is more; never over `MOST_BYTES`.
    """
    return min(MOST_BYTES, max(FREE_BYTES, MOST_RATIO * stored))


def too_large(unpacked: int, stored: int) -> str:
    """Say that a file unpacks to more than it may; an empty text where it does not.

    Parameters
    ----------
    unpacked, stored : int
        Bytes once read, and on disk.

    Returns
    -------
    str
    """
    limit = unpacked_limit(stored)
    if unpacked <= limit:
        return ""
    return f"it unpacks from {stored:,} bytes to over {limit:,}"
