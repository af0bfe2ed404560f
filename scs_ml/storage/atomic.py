"""Files and folders that appear whole or not at all, also where the process is killed half way.

What a killed process leaves behind is hidden beside the target, under a name that says which process of which
machine wrote it. The next one that writes there removes what no living process owns.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scs_ml.exceptions import ScsError
from scs_ml.storage.siblings import aside_of, exchange, is_left_behind, new_sibling


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary sibling path that becomes `path` once the block has ended without an error.

    Parameters
    ----------
    path : path
        The file to write; its folder is made where missing, a file already there is replaced. A link there
        is replaced too: what it leads to stays as it is.

    Yields
    ------
    Path
        Where to write: beside `path`, with the same suffix. Removed when the block fails.

    Raises
    ------
    ScsError
        If a folder or a device stands there.
    """
    target = Path(path)
    if target.exists() and not target.is_file():
        raise ScsError(
            "a folder or a device stands where a file is to be written",
            where=str(target),
            remedy="give another path",
        )
    _clear(target)
    temporary = new_sibling(target)
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
        The folder to write. An older one of its kind changes places with the new one in one step where the
        system can do that; elsewhere it is moved aside first (see `recover_folder`). Then it is deleted.
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
    recover_folder(target)
    require_replaceable(target, marker)
    _clear(target)
    temporary = new_sibling(target)
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


def recover_folder(path: str | Path) -> None:
    """Put a folder back that a killed process had moved aside, before it could put the new one in its place.

    Asked before a folder that `atomic_folder` wrote is read. Does nothing where there is a folder, or where
    the process that moved it still lives.

    Parameters
    ----------
    path : path
        The folder to be read.
    """
    target = Path(path).resolve()
    if target.exists() or not target.parent.is_dir():
        return
    aside = [each for each in target.parent.iterdir() if is_left_behind(each, target, aside=True)]
    if aside:
        max(aside, key=lambda each: each.stat().st_mtime_ns).rename(target)


def _put_in_place(temporary: Path, target: Path) -> None:
    if not target.exists():
        temporary.rename(target)
    elif not exchange(temporary, target):
        # A folder that is not empty cannot be renamed over.
        aside = aside_of(target)
        target.rename(aside)
        try:
            temporary.rename(target)
        except OSError:
            aside.rename(target)
            raise
        shutil.rmtree(aside)


def _clear(target: Path) -> None:
    """Make the folder around a target where it is missing, and remove what killed processes left in it."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ScsError(
            "a file stands where a folder is needed", where=str(target.parent), remedy="give another path"
        ) from None
    remove_left_behind(target)


def remove_left_behind(target: Path) -> None:
    """Remove what killed processes left beside a target, half written.

    Parameters
    ----------
    target : Path
        A file or folder; one that was moved aside and not put back is to be recovered first.
    """
    for each in list(target.parent.iterdir()) if target.parent.is_dir() else ():
        if is_left_behind(each, target):
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each, ignore_errors=True)
            else:
                each.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
