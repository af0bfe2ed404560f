"""Hidden paths beside a target: whose they are, and how two paths change places in one step."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import platform
import re
import secrets
from pathlib import Path

_KEPT = 30  # characters of the target's name, with its suffixes: a name of over 255 bytes is refused
_NAME = re.compile(
    r"\.(?P<what>new|old)-(?P<machine>[0-9a-f]{8})-(?P<process>\d{1,9})-(?P<target>[0-9a-f]{8})-[0-9a-f]{8}\..*",
    flags=re.DOTALL,
)
_HERE, _SWAP = -100, 2  # AT_FDCWD, and RENAME_EXCHANGE of Linux or RENAME_SWAP of macOS
_UNABLE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM}  # the system or its file system cannot


def new_sibling(target: Path) -> Path:
    """Name a hidden path in the same folder, hence on the same file system, with the same suffixes."""
    return _named(target, "new")


def aside_of(target: Path) -> Path:
    """Name a hidden path in the same folder, for what stood there before."""
    return _named(target, "old")


def is_left_behind(path: Path, target: Path, *, aside: bool = False) -> bool:
    """Whether a path is a sibling of a target that belongs to no living process of this machine.

    What another machine wrote into a shared folder is left alone: nothing here knows whether it still runs.

    Parameters
    ----------
    path, target : Path
    aside : bool
        Only what stood there before.
    """
    found = _NAME.fullmatch(path.name)
    if found is None or found["target"] != _digest(target.name) or (aside and found["what"] != "old"):
        return False
    return found["machine"] == _digest(platform.node()) and not _lives(int(found["process"]))


def exchange(one: Path, other: Path) -> bool:
    """Let two paths change places in one step; False where the system or the file system cannot.

    References
    ----------
    renameat2(2) of Linux, RENAME_EXCHANGE; renamex_np(2) of macOS, RENAME_SWAP.
    """
    first, second = os.fsencode(one), os.fsencode(other)
    if os.name != "posix":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    if hasattr(library, "renameat2"):
        failed = library.renameat2(_HERE, first, _HERE, second, _SWAP)
    elif hasattr(library, "renamex_np"):
        failed = library.renamex_np(first, second, _SWAP)
    else:
        return False
    if not failed:
        return True
    if (number := ctypes.get_errno()) in _UNABLE:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


def _named(target: Path, what: str) -> Path:
    owner = f"{_digest(platform.node())}-{os.getpid()}"
    name = f".{what}-{owner}-{_digest(target.name)}-{secrets.token_hex(4)}.{target.name[-_KEPT:]}"
    return target.parent / name


def _digest(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:8]


def _lives(process: int) -> bool:
    if os.name != "posix":  # there, asking by a signal would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True
