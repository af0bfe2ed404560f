"""What a model file may unpack to: it is a zip archive, and comes from anywhere."""

from __future__ import annotations

import io
import zipfile

from scs_ml.storage.bounds import too_large

MOST_MEMBERS = 200_000  # each array of a model is one; a forest of 100 trees a boundary has some thousand


def archive_fault(data: bytes) -> str:
    """Say why an archive must not be unpacked; an empty text where it may be.

    Parameters
    ----------
    data : bytes
        The archive. One that is no zip at all is left to its reader.

    Returns
    -------
    str
        What it unpacks to is what its directory says: a reader takes no more of a member than that.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return ""
    if len(members) > MOST_MEMBERS:
        return f"it has {len(members):,} parts, over {MOST_MEMBERS:,}"
    return too_large(sum(each.file_size for each in members), len(data))
