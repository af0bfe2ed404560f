"""Pseudonyms replaced by those of another key, in files that this package wrote."""

from __future__ import annotations

import gzip
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from scs_ml.records.databases import rename_in
from scs_ml.records.erasure import SQLITE, files_of
from scs_ml.storage import atomic_file, recover_folder
from scs_ml.storage.atomic import remove_left_behind

_TOKEN = re.compile(rb"(?<![0-9A-Za-z])[0-9a-f]{16}(?![0-9A-Za-z])")
_TEXTS = (".csv", ".tsv", ".json", ".html", ".md", ".txt")


def rename_from(path: Path, pairs: Mapping[str, str]) -> int:
    """Replace pseudonyms in a file, or in every file of a folder and its name.

    Each file is replaced whole or stays as it is; doing it twice does nothing more.

    Parameters
    ----------
    path : Path
        Text (also gzipped), Parquet and SQLite files are rewritten; others hold no pseudonyms.
    pairs : mapping
        Old pseudonym -> new.

    Returns
    -------
    int
        Files rewritten.
    """
    recover_folder(path)
    remove_left_behind(path)
    files = list(files_of(path))
    changed = {each for each in files if _rename(each, pairs)}
    for each in files:
        if each != path and (name := os.fsdecode(_renamed(os.fsencode(each.name), pairs))) != each.name:
            each.replace(each.with_name(name))
            changed.add(each)
    return len(changed)


def _rename(path: Path, pairs: Mapping[str, str]) -> bool:
    name = path.name.lower()
    if name.endswith((".parquet", ".pq")):
        return _rename_parquet(path, pairs)
    data = path.read_bytes()
    if data.startswith(SQLITE):
        return rename_in(f"sqlite:///{path}", pairs) > 0
    zipped = name.endswith(".gz")
    if not name.removesuffix(".gz").endswith(_TEXTS):
        return False
    before = gzip.decompress(data) if zipped else data
    after = _renamed(before, pairs)
    if after != before:
        with atomic_file(path) as temporary:
            temporary.write_bytes(gzip.compress(after, mtime=0) if zipped else after)
            shutil.copymode(path, temporary)
    return after != before


def _renamed(text: bytes, pairs: Mapping[str, str]) -> bytes:
    return _TOKEN.sub(lambda found: pairs.get(found[0].decode(), found[0].decode()).encode(), text)


def _rename_parquet(path: Path, pairs: Mapping[str, str]) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    table, changed = file.read(), False
    for at, field in enumerate(table.schema):
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            continue
        before = table.column(at).to_pylist()
        after = [pairs.get(value, value) for value in before]
        if after != before:
            changed = True
            table = table.set_column(at, field, pa.chunked_array([pa.array(after, kind)]).cast(field.type))
    if changed:
        codec = file.metadata.row_group(0).column(0).compression
        with atomic_file(path) as temporary:
            pq.write_table(table, temporary, compression="NONE" if codec == "UNCOMPRESSED" else codec)
            shutil.copymode(path, temporary)
    return changed
