"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scs_ml.exceptions import ScsError


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary sibling path that becomes `path` once the block has ended without an error.

    Parameters
    ----------
    path : path
        The file to write; its folder is made where missing, a file already there is replaced.

    Yields
    ------
    Path
        Where to write: beside `path`, with the same suffix. Removed when the block fails.
    """
    target = Path(path)
    temporary = _sibling(target)
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(target)
        _sync(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def require_replaceable(path: str | Path, marker: str) -> None:
    """Refuse a folder that holds something of another kind: it would be deleted as a whole.

    Parameters
    ----------
    path : path
        The folder to write.
    marker : str
        A file or folder that every folder of this kind holds.

    Raises
    ------
    ScsError
        If a file stands there, or a folder that is not empty and lacks the marker.
    """
    target = Path(path).resolve()
    if target.exists() and not target.is_dir():
        raise ScsError(
            "a file stands where a folder is to be written", where=str(target), remedy="give another path"
        )
    if target.is_dir() and any(target.iterdir()) and not (target / marker).exists():
        raise ScsError(
            f"the folder holds something else (there is no {marker} in it), and would be replaced as a whole",
            where=str(target),
            remedy="give another path",
        )


@contextmanager
def atomic_folder(path: str | Path, marker: str) -> Iterator[Path]:
    """Give a temporary sibling folder that becomes `path` once the block has ended without an error.

    Parameters
    ----------
    path : path
        The folder to write. An older one of its kind is moved aside, replaced and then deleted; it comes back
        when the move fails.
    marker : str
        A file or folder that every folder of this kind holds; see `require_replaceable`.

    Yields
    ------
    Path
        An empty folder beside `path`. Removed with all that lies in it when the block fails.

    Raises
    ------
    ScsError
        If something else stands there.
    """
    # A path through a missing folder and back out of it (new/../old) names nothing until that folder is made.
    target = Path(path).resolve()
    require_replaceable(target, marker)
    temporary = _sibling(target)
    temporary.mkdir()
    try:
        yield temporary
        for each in temporary.rglob("*"):
            _sync(each)
        _sync(temporary)
        _put_in_place(temporary, target)
        _sync(target.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _put_in_place(temporary: Path, target: Path) -> None:
    if not target.exists():
        temporary.rename(target)
        return
    # A folder that is not empty cannot be renamed over.
    aside = _sibling(target)
    target.rename(aside)
    try:
        temporary.rename(target)
    except OSError:
        aside.rename(target)
        raise
    shutil.rmtree(aside)


def _sibling(target: Path) -> Path:
    """Name a hidden path in the same folder, hence on the same file system, with the same suffixes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.parent / f".{secrets.token_hex(6)}.{target.name}"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
