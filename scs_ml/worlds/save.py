"""Write a world: what an office holds in one folder, the truth in another."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from scs_ml.schemes import dump_scheme
from scs_ml.storage import atomic_folder
from scs_ml.worlds.world import World

_README = (
    "The table and the event ledger of a simulated Suining pilot, as an office would hold them, their"
    " scheme, and the rows with which it explains its score by comparison; what really happened stands apart,"
    " in ../truth/.\n"
)


def save_world(world: World, folder: str | Path) -> Path:
    """Write ``office/`` (what an office holds) and ``truth/`` (what only the bench may know).

    Parameters
    ----------
    world : World
    folder : path
        Made anew as a whole, or not at all; an older world there is replaced.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ScsError
        If the folder holds something else.
    """
    folder = Path(folder)
    with atomic_folder(folder, "truth") as new:
        office, truth = new / "office", new / "truth"
        office.mkdir()
        truth.mkdir()
        world.table.to_parquet(office / "table.parquet", index=False)
        world.ledger.to_parquet(office / "ledger.parquet", index=False)
        world.background.to_parquet(office / "background.parquet", index=False)
        (office / "scheme.yaml").write_text(dump_scheme(world.scheme), encoding="utf-8")
        (office / "README.md").write_text(_README, encoding="utf-8")
        for name in ("events", "twin", "wronged", "points"):
            getattr(world.truth, name).to_parquet(truth / f"{name}.parquet", index=False)
        planted = [asdict(each) for each in world.truth.planted]
        (truth / "planted.json").write_text(json.dumps(planted, indent=2) + "\n", encoding="utf-8")
    return folder
