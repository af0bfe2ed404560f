"""Learn how much each check's flag counts when flags compete, on simulated pilots.

    python benchmarks/attribution.py --worlds 12 --seed 30000 --write

Every mechanism is planted at three strengths, every decoy at two, in worlds whose nuisance settings fill
their space evenly. The score is audited with its ledger. Flags that speak of the same loss compete; a
conditional logit (ridge) is fitted to which of them names what was planted. ``--write`` puts the weights into
the package; the worlds of ``scs-ml bench`` have other seeds. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from scipy.optimize import minimize

from scs_ml.audit import CHECKS
from scs_ml.audit import attribution as told
from scs_ml.audit.settling import strength
from scs_ml.bench.cases import hold, with_ledger
from scs_ml.bench.design import BenchWorld, Counts, plan
from scs_ml.core import Finding
from scs_ml.exceptions import ScsError

STRENGTHS = (0.10, 0.15, 0.30)
RIDGE = 0.5  # prior precision of each parameter: checks that are seldom rivals stay near the usual weight
MODULE = Path(told.__file__).with_name("learned.py")
MECHANISM_CHECKS = {name: check for name, check in CHECKS.items() if check.kind == "mechanism"}


@dataclass(frozen=True)
class Rivals:
    """Flags that speak of one loss: their checks, what is seen of them, and how much of each is right."""

    checks: tuple[str, ...]
    log_strength: tuple[float, ...]
    log_share: tuple[float, ...]
    right: tuple[float, ...]  # share of the flag's own weight that is on the planted mechanism


def rivals_of(bench: BenchWorld) -> list[Rivals]:
    """Audit one world with its ledger, and part its `mechanism` flags."""
    try:
        case = with_ledger(hold(bench))
    except ScsError:
        return []  # the strength cannot be reached in this world
    error = 1 - case.scheme.audit.confidence
    flags: list[Finding] = []
    for check in MECHANISM_CHECKS.values():
        found = check.run(case, level=error / len(MECHANISM_CHECKS), seed=bench.seed % 2**32).findings
        flags += [f for f in found if f.verdict == "flag"]
    parted = told.competing(case, flags, MECHANISM_CHECKS)
    return [_rivals(bench, [flags[at] for at in together]) for together in parted]


def _rivals(bench: BenchWorld, flags: Sequence[Finding]) -> Rivals:
    flags = [f for f in flags if not told.part_of_another(f, flags)]
    sizes = np.array([abs(f.effect.value) for f in flags if f.effect])
    planted = bench.slug if bench.kind == "mechanism" else None
    return Rivals(
        tuple(f.check for f in flags),
        tuple(float(np.log1p(min(strength(f), told.MOST_STRENGTH))) for f in flags),
        tuple(np.log(sizes / sizes.max()).tolist()),
        tuple(dict(f.mechanisms).get(planted or "", 0.0) for f in flags),
    )


def fit(groups: Sequence[Rivals]) -> dict[str, object]:
    """Fit the weights of `scs_ml.audit.attribution.Weights` by penalised maximum likelihood."""
    names = sorted({name for group in groups for name in group.checks})
    place = {name: at for at, name in enumerate(names)}

    def loss(theta: np.ndarray) -> float:
        own, of_strength, of_share, usual = theta[:-3], theta[-3], theta[-2], theta[-1]
        total = RIDGE * float(np.sum(theta**2))
        for group in groups:
            utility = [
                usual + own[place[name]] + of_strength * s + of_share * e
                for name, s, e in zip(group.checks, group.log_strength, group.log_share, strict=True)
            ]
            logs = np.append(utility, 0.0)
            chance = np.exp(logs - np.logaddexp.reduce(logs))
            right = float(np.dot(chance[:-1], group.right))
            total -= float(np.log(max(right if any(group.right) else chance[-1], 1e-12)))
        return total

    found = minimize(loss, np.append(np.zeros(len(names)), [1.0, 1.0, 1.0]), method="L-BFGS-B").x
    usual = float(found[-1])
    checks = {name: round(usual + float(found[at]), 3) for name, at in place.items()}
    return {
        "checks": checks,
        "strength": round(float(found[-3]), 3),
        "share": round(float(found[-2]), 3),
        "usual": round(usual, 3),
    }


def main() -> None:
    """Simulate, fit, print; write where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=12, help="per mechanism and strength")
    parser.add_argument("--seed", type=int, default=30_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put the weights into the package")
    asked = parser.parse_args()
    counts = Counts(null=0, decoy=asked.worlds, mechanism=asked.worlds, strengths=STRENGTHS)
    worlds = [replace(w, model="score", lag=False) for w in plan(counts, asked.seed)]
    found = Parallel(n_jobs=asked.workers)(delayed(rivals_of)(world) for world in worlds)
    groups = [group for each in found for group in each]
    weights = fit(groups)
    several = sum(len(group.checks) > 1 for group in groups)
    print(f"{len(worlds)} worlds from seed {asked.seed}: {len(groups)} losses flagged, {several} by rivals\n")
    print("| check | weight |\n|---|---|")
    for name, weight in dict(weights["checks"]).items():  # type: ignore[call-overload]
        print(f"| {name} | {weight:.2f} |")
    print(f"\nstrength {weights['strength']}, share {weights['share']}, usual {weights['usual']}")
    if asked.write:
        text = MODULE.read_text(encoding="utf-8").partition("LEARNED")[0]
        text += "LEARNED: dict[str, float] = " + json.dumps(weights["checks"], indent=4)
        for name, value in (("OF_STRENGTH", "strength"), ("OF_SHARE", "share"), ("USUAL", "usual")):
            text += f"\n{name} = {weights[value]}"
        text += "\n"
        MODULE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
