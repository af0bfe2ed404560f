"""The records folder of a house: its log, its register of people, and the key it signs with.

::

    house.json    name and Ed25519 public key
    signing.key   the private key (readable by its owner alone)
    log.jsonl     the log
    log.state     where it stands, and the key of the next entry (readable by its owner alone)
    auditor.key   the first key of the log: to be handed over to the auditor, and deleted here
    people.*      the register of people
    lock          one process at a time
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scs_ml.exceptions import ScsError
from scs_ml.records.chain import canonical, digest
from scs_ml.records.log import HOUSE, LOG, Log, State, write_state
from scs_ml.safeguards import load_key, new_key
from scs_ml.storage.signatures import PUBLIC_BYTES, Signer, load_signer, new_signer

if TYPE_CHECKING:
    from scs_ml.records.register import Register

AUDITOR_KEY, SIGNING_KEY = "auditor.key", "signing.key"
UNNAMED = "unnamed house"


@dataclass(frozen=True)
class Records:
    """A house's records, open."""

    folder: Path
    log: Log
    register: Register
    signer: Signer

    def trusted_keys(self) -> frozenset[bytes]:
        """Give the public keys whose bundles are used: the house's own, and those the log says were added."""
        added = {bytes.fromhex(entry.body["public_key"]) for entry in self.log.entries("trust")}
        return frozenset({self.signer.public_key, *added})


def open_records(
    folder: Path, *, create: bool = False, name: str | None = None, auditor_key: Path | None = None
) -> Records:
    """Open a records folder.

    Parameters
    ----------
    folder : Path
    create : bool
        Make it where there is none.
    name : str, optional
        Of the house, in a folder that is made.
    auditor_key : Path, optional
        Where the first key of a log that is begun is written; ``auditor.key`` in the folder if not given.

    Returns
    -------
    Records

    Raises
    ------
    ScsError
        If there is none and none is to be made, something else stands there, or its files cannot be read.
    """
    from scs_ml.records.tables import open_register

    if not (folder / HOUSE).is_file():
        if not create:
            raise ScsError(
                "there are no records in this folder",
                where=str(folder),
                remedy="name another with --records, or begin some: scs-ml log init",
            )
        _create(folder, name or UNNAMED, auditor_key)
    house = read_house(folder)
    signer = load_signer(folder / SIGNING_KEY, str(house["name"]))
    if signer.public_key.hex() != house["public_key"]:
        raise ScsError(
            f"{SIGNING_KEY} is not the key that {HOUSE} names",
            where=str(folder),
            remedy="restore the folder from its backup; nothing is signed or recorded until then",
        )
    return Records(folder, Log(folder), open_register(folder), signer)


def read_house(path: Path) -> dict[str, str]:
    """Read who keeps records, from a `house.json` or the folder that holds one: name and public key."""
    file = path / HOUSE if path.is_dir() else path
    try:
        house = json.loads(file.read_bytes())
        found = {"name": str(house["name"]), "public_key": bytes.fromhex(house["public_key"]).hex()}
        if len(found["public_key"]) == 2 * PUBLIC_BYTES:
            return found
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    raise ScsError(
        f"{HOUSE} is missing or cannot be read", where=str(file), remedy="restore it from its backup"
    )


def _create(folder: Path, name: str, auditor_key: Path | None) -> None:
    """Make the folder whole or not at all; where another process is quicker, its folder stands."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ScsError(
            "something else stands where the records are to be",
            where=str(folder),
            remedy="give another folder with --records",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        signer = new_signer(made / SIGNING_KEY, name)
        house = canonical({"format": 1, "name": name, "public_key": signer.public_key.hex()})
        (made / HOUSE).write_bytes(house)
        (made / LOG).touch(mode=0o600)
        first = load_key(new_key(auditor_key or made / AUDITOR_KEY))
        write_state(made, State(0, 0, digest(house), first))
        try:
            made.rename(folder)
        except OSError:
            if not (folder / HOUSE).is_file():
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
