"""Pseudonyms replaced by those of another key, in files that this package wrote."""

from __future__ import annotations

import gzip
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from scs_ml.records.databases import rename_in
from scs_ml.records.erasure import SQLITE
from scs_ml.storage import atomic_file

_TOKEN = re.compile(rb"(?<![0-9A-Za-z])[0-9a-f]{16}(?![0-9A-Za-z])")
_TEXTS = (".csv", ".tsv", ".json", ".html", ".md", ".txt")


def rename_from(path: Path, pairs: Mapping[str, str]) -> int:
    """Replace pseudonyms in a file, or in every file of a folder.

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
    files = (
        [path] if path.is_file() else [Path(f) / n for f, _, names in os.walk(path) for n in sorted(names)]
    )
    return sum(_rename(each, pairs) for each in files)


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
    known = {old.encode(): new.encode() for old, new in pairs.items()}
    after = _TOKEN.sub(lambda found: known.get(found[0], found[0]), before)
    if after != before:
        with atomic_file(path) as temporary:
            temporary.write_bytes(gzip.compress(after, mtime=0) if zipped else after)
            shutil.copymode(path, temporary)
    return after != before


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
