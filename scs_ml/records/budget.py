"""How much of a data set's privacy budget has been spent on published tables."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from scs_ml.exceptions import SafeguardError, ScsError
from scs_ml.storage import atomic_file

FILE, LOCK = "budget.json", "budget.lock"
_ROUNDING = 1e-9  # of sums of epsilons


@dataclass(frozen=True)
class Spent:
    """What stands in the account of a data set: the sum of its epsilons, and the most it may come to."""

    epsilon: float
    total: float


class Budget:
    """Account of the privacy loss of every data set, in the records folder.

    Parameters
    ----------
    folder : Path
        Of the records.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def spent(self, data: str) -> Spent | None:
        """Give what was spent on a data set; None where nothing was.

        Parameters
        ----------
        data : str
            Fingerprint of the table.

        Returns
        -------
        Spent or None
        """
        account = self._read().get(data)
        return None if account is None else Spent(math.fsum(account["epsilons"]), account["total"])

    def spend(self, data: str, epsilon: float, total: float) -> Spent:
        """Enter an epsilon before anything is published with it; losses add up.

        Parameters
        ----------
        data : str
        epsilon : float
        total : float
            The most that the epsilons of this data set may sum to. What was declared first holds: a larger
            one later is not heard, a smaller one is.

        Returns
        -------
        Spent
            With this epsilon.

        Raises
        ------
        SafeguardError
            Rule ``privacy_budget`` where it would exceed the total.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / LOCK, mode=0o600):
            accounts = self._read()
            account = accounts.setdefault(data, {"total": total, "epsilons": []})
            account["total"] = min(account["total"], total)
            before = math.fsum(account["epsilons"])
            if before + epsilon > account["total"] + _ROUNDING:
                raise SafeguardError(
                    f"the privacy budget of this table does not hold another epsilon of {epsilon:g}",
                    rule="privacy_budget",
                    where=f"spent: {before:g} of {account['total']:g}, {len(account['epsilons'])} times",
                    remedy=f"publish with an epsilon of at most {max(account['total'] - before, 0):g}, or "
                    "share what was published already",
                )
            account["epsilons"].append(epsilon)
            with atomic_file(self.folder / FILE) as temporary:
                temporary.write_text(json.dumps(accounts, indent=1, sort_keys=True), encoding="utf-8")
            return Spent(before + epsilon, account["total"])

    def _read(self) -> dict[str, dict[str, Any]]:
        path = self.folder / FILE
        if not path.exists():
            return {}
        try:
            accounts = json.loads(path.read_text(encoding="utf-8"))
            for account in accounts.values():
                float(account["total"])
                math.fsum(account["epsilons"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ScsError(
                "the account of privacy budgets cannot be read",
                where=str(path),
                remedy="restore it from its backup; nothing is published until then",
            ) from error
        return dict(accounts)
