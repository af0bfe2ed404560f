"""Pseudonyms: a keyed hash of who someone is; the key stays with the owner of the data."""

from __future__ import annotations

import hashlib
import os
import secrets
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.exceptions import ScsError

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme

KEY_BYTES = 32
DIGEST_BYTES = 8
VARIABLE = "SCS_ML_KEY"
DEFAULT_PATH = Path("scs_ml.key")
PUBLIC_KEY = b"public key for synthetic people!"  # nobody to protect: the same pseudonyms everywhere


def new_key(path: str | Path) -> Path:
    """Write a new key of 32 random bytes as hexadecimal text that only its owner may read; never over a file.

    Parameters
    ----------
    path : str or Path
        Of the file to write.

    Returns
    -------
    Path

    Raises
    ------
    ScsError
        If the path exists (a lost key cannot be made again) or cannot be written.
    """
    path = Path(path)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ScsError(
            "a file is there already, and a key that is overwritten is lost for good",
            where=str(path),
            remedy="give another path",
        ) from None
    except OSError as error:
        raise ScsError(
            f"the key cannot be written: {error.strerror}",
            where=str(path),
            remedy="give another path",
        ) from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
    return path


def load_key(path: str | Path | None = None) -> bytes:
    """Read a key: from `path`, else from the path in ``SCS_ML_KEY``, else from ``scs_ml.key`` in this folder.

    Parameters
    ----------
    path : str or Path, optional
        Of the key file.

    Returns
    -------
    bytes (32,)

    Raises
    ------
    ScsError
        If there is no such file, or it holds no key.
    """
    chosen = Path(path or os.environ.get(VARIABLE) or DEFAULT_PATH)
    try:
        text = chosen.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        text = None
    if text is None and not chosen.is_file():
        raise ScsError(
            "people are pseudonymised with a key, and there is none",
            where=str(chosen),
            remedy=f"make one and keep it: scs-ml key new (or name one in {VARIABLE})",
        )
    try:
        key = bytes.fromhex(text or "")
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ScsError(
            f"the file holds no key of {KEY_BYTES} bytes in hexadecimal",
            where=str(chosen),
            remedy="give the file that `scs-ml key new` wrote; an altered key gives other pseudonyms",
        )
    return key


def key_needed(scheme: Scheme) -> bool:
    """Whether a key of one's own is needed: where a table names real people or families.

    Synthetic people, and rows that carry no identity at all, share `PUBLIC_KEY`.

    Parameters
    ----------
    scheme : Scheme

    Returns
    -------
    bool
    """
    return scheme.real_people and any((scheme.roles.subject, scheme.roles.family))


def pseudonymise(values: npt.ArrayLike, key: bytes, kind: str = "subject") -> npt.NDArray[Any]:
    """Replace identities by keyed hashes.

    Parameters
    ----------
    values : array (n,)
        Identities. A whole number is the same person as integer, float or text (``7``, ``7.0``, ``"7"``).
    key : bytes (32,)
    kind : str
        What is hashed (subject, family, informant): the same value of two kinds gets two pseudonyms.

    Returns
    -------
    ndarray of str (n,)
        16 hexadecimal digits each (collisions among a million people: probability 3e-8). Missing values stay
        missing (None), and the array is then of dtype object.

    References
    ----------
    BLAKE2 (RFC 7693), keyed mode, 8 bytes of output, personalised by `kind`.
    """
    codes, identities = pd.factorize(np.asarray(values, dtype=object))
    person = hashlib.blake2b(kind.encode(), digest_size=16).digest()
    hashed = [
        hashlib.blake2b(_text(each).encode(), key=key, digest_size=DIGEST_BYTES, person=person).hexdigest()
        for each in identities
    ]
    if (codes < 0).any():
        return np.array([*hashed, None], dtype=object)[codes]
    return np.array(hashed, dtype=f"<U{2 * DIGEST_BYTES}")[codes]


def pseudonymise_informants(names: npt.ArrayLike, key: bytes) -> npt.NDArray[Any]:
    """Replace informants' names by keyed hashes; a person written in two ways must not count as two.

    Parameters
    ----------
    names : array of str (n,)
        Case, width of letters and blanks tell nobody apart. Missing ones stay missing (None).
    key : bytes (32,)

    Returns
    -------
    ndarray of object (n,)
    """
    alike = [
        None if pd.isna(name) else " ".join(unicodedata.normalize("NFKC", str(name)).casefold().split())
        for name in np.asarray(names, dtype=object)
    ]
    return pseudonymise(np.array(alike, dtype=object), key, "informant")


def _text(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
