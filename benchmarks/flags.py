"""Count the `mechanism` flags of the default audit on simulated pilots: on wrongs, on decoys, on nothing.

    python benchmarks/flags.py --worlds 60 --people 5000 --seed 4000

Every world is simulated afresh from a seed of its own. Its score is audited at the last quarter with the
event ledger and the answers to a verification sample of at most 200 events, and nothing else. Prints a
Markdown table with 95 % Wilson intervals of the shares of worlds.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from scs_ml.audit import CHECKS, run_checks, verification_plan
from scs_ml.core import AuditCase, Finding, Forecast, Group
from scs_ml.data import read_answers, read_ledger, read_table
from scs_ml.inference import wilson
from scs_ml.schemes import load_scheme
from scs_ml.worlds import MECHANISMS, Planted, WorldSettings, office_answers, simulate

SCHEME = load_scheme("suining")
MECHANISM_CHECKS = {name: check for name, check in CHECKS.items() if check.kind == "mechanism"}
DECOY_GROUPS: tuple[Group, ...] = (
    (("age_group", "under 30"),),
    (("minority", "yes"),),
    (("registration", "newcomer"),),
    (("illness", "yes"),),
)


@dataclass(frozen=True)
class Setting:
    """What is planted in every world of a row, and the mechanism that a flag should name."""

    name: str
    mechanisms: Mapping[str, float | Planted]
    decoys: Mapping[str, float | Planted]
    slug: str | None = None


def settings() -> list[Setting]:
    """List the rows: nothing, the decoy on its groups, every mechanism that has a check at two strengths."""
    rows = [Setting("nothing", {}, {})]
    for group in DECOY_GROUPS:
        name = f"conduct_gap .30 on {group[0][0]} = {group[0][1]}"
        rows.append(Setting(name, {}, {"conduct_gap": Planted(0.3, group)}))
    for slug in (each for each in MECHANISMS if each in MECHANISM_CHECKS):
        rows += [Setting(f"{slug} {s:.2f}", {slug: s}, {}, slug) for s in (0.15, 0.30)]
    return rows


def flagged(setting: Setting, n_people: int, seed: int) -> list[Finding]:
    """Simulate one world, audit its score, and give the `mechanism` flags."""
    world = simulate(
        WorldSettings(n_people=n_people, seed=seed, mechanisms=setting.mechanisms, decoys=setting.decoys)
    )
    dataset = read_table(world.table, SCHEME)
    ledger = read_ledger(world.ledger, SCHEME, dataset)
    last = dataset.take(dataset.period == dataset.period.max())
    assert last.score is not None  # noqa: S101 - the pilot's tables have scores
    forecast = Forecast(last.category, last.score, "existing score", "score")
    case = AuditCase(SCHEME, last, forecast, None, ledger=ledger)
    plan = verification_plan(case, seed=seed)
    if not plan.empty:
        answers = office_answers(world, plan["event"], seed=seed)
        case = replace(case, verified=read_answers(answers, SCHEME))
    return list(run_checks(case, MECHANISM_CHECKS, seed=seed).flags("mechanism"))


def wronged_group(finding: Finding, slug: str) -> bool:
    """Whether a flag names the mechanism and its group, or a part of the group."""
    named = bool(finding.mechanisms) and finding.mechanisms[0][0] == slug
    return named and set(MECHANISMS[slug].group) <= set(finding.group)


def share(count: int, n: int) -> str:
    """Write a share with its interval."""
    low, high = wilson(count, n)
    return f"{count} of {n} | {float(low):.3f}-{float(high):.3f}"


def main() -> None:
    """Measure every row and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=60, help="worlds per row")
    parser.add_argument("--people", type=int, default=5_000, help="people per world")
    parser.add_argument("--seed", type=int, default=4_000, help="seed of the first world")
    arguments = parser.parse_args()
    print(
        f"{arguments.worlds} worlds a row of {arguments.people:,} people and 8 quarters, seeds from "
        f"{arguments.seed}, Python {platform.python_version()}, NumPy {np.__version__}.\n"
    )
    print("| planted | the wrong found | 95 % interval | worlds with any false flag | 95 % interval |")
    print("|---|---|---|---|---|")
    first = arguments.seed
    for setting in settings():
        hits = false = 0
        for seed in range(first, first + arguments.worlds):
            flags = flagged(setting, arguments.people, seed)
            found = [f for f in flags if setting.slug and wronged_group(f, setting.slug)]
            hits += bool(found)
            false += len(found) < len(flags)
        first += arguments.worlds  # no world serves two rows
        hit = share(hits, arguments.worlds) if setting.slug else "- | -"
        print(f"| {setting.name} | {hit} | {share(false, arguments.worlds)} |", flush=True)


if __name__ == "__main__":
    main()
