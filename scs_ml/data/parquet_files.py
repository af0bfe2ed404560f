"""Tables as Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from scs_ml.data.problems import refuse
from scs_ml.exceptions import TableError
from scs_ml.storage.bounds import regular_file, too_large

SUFFIXES = (".parquet", ".pq")
_CELL = 8  # bytes of a number in memory
_SMALLER = "write it again with fewer rows or columns; a table of this kind is not read"


def load_parquet(path: Path) -> pd.DataFrame:
    """Load a Parquet file without its index.

    Parameters
    ----------
    path : Path

    Returns
    -------
    DataFrame (n, d)

    Raises
    ------
    TableError
        If it is no complete Parquet file, holds lists or records, or unpacks to more than `MOST_BYTES` (or,
        over 64 MiB, to 500 times its size): bytes of its pages, eight for each cell, and the text of its
        columns are counted, the last while it is read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    size = regular_file(path, TableError)
    try:
        with pq.ParquetFile(path) as file:
            for field in file.schema_arrow:
                if pa.types.is_nested(field.type):
                    refuse(
                        f"column {field.name!r} holds lists or records", str(path), "give one value a cell"
                    )
            _check_size(_declared(file.metadata), size, path)
            texts = [each.name for each in file.schema_arrow if _is_text(each.type)]
        # A dictionary holds each text once, however often it stands in the column.
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            table = file.read()
        _check_size(sum(map(_text_bytes, table.columns)), size, path)
        table = table.cast(pa.schema([each.with_type(_plain(each.type)) for each in table.schema]))
        table.validate(full=True)
        index_columns = [name for name in table.column_names if name.startswith("__index_level_")]
        # pandas' own metadata would make an index of columns, and bring back dtypes Parquet does not hold.
        frame: pd.DataFrame = table.drop_columns(index_columns).to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError):
        refuse("the file is no complete Parquet file", str(path), "write it again: it may be cut off")
    return frame


def _declared(metadata: Any) -> int:
    """Give the bytes that a file's own description leads one to expect, by its pages or by its cells."""
    pages = sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
    return max(int(pages), _CELL * int(metadata.num_rows * metadata.num_columns))


def _check_size(n_bytes: int, size: int, path: Path) -> None:
    if why := too_large(n_bytes, size):
        refuse(f"the file is no table that can be read: {why}", str(path), _SMALLER)


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _plain(kind: Any) -> Any:
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) and _is_text(kind.value_type) else kind


def _text_bytes(column: Any) -> int:
    """Count the bytes of a column's texts as they would lie in memory, row by row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type) or not _is_text(column.type.value_type):
        return 0
    lengths = (pc.take(pc.binary_length(chunk.dictionary), chunk.indices) for chunk in column.chunks)
    return sum(int(pc.sum(each).as_py() or 0) for each in lengths)
