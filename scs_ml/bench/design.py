"""The plan of a bench: which worlds are simulated, and the circumstances of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

import numpy as np

from scs_ml.core import Group
from scs_ml.exceptions import ScsError
from scs_ml.worlds import DECOYS, MECHANISMS, Planted, WorldSettings
from scs_ml.worlds.truth import SCORE_SD

WorldKind = Literal["null", "decoy", "mechanism"]
Model = Literal["score", "logit", "boosting"]

STRENGTHS = (0.05, 0.10, 0.15, 0.30)
USUAL_PEOPLE = 2_000  # what the targets are measured at
DISASTER_RATE = 0.05  # per district and quarter: every world has people whom a disaster struck
SHARES = ("minority", "registration", "sex", "age_group", "illness")  # whose shares can be set
# Real differences are planted in any group, not only in the one that a decoy has by default.
DECOY_GROUPS: tuple[Group, ...] = (
    (("age_group", "under 30"),),
    (("minority", "yes"),),
    (("registration", "newcomer"),),
    (("sex", "female"),),
    (("illness", "yes"),),
)
# Most audits are of a recorded score, and a model costs as much as the rest: boosting three times as much.
MODELS: tuple[Model, ...] = ("score",) * 7 + ("logit",) * 2 + ("boosting",)


@dataclass(frozen=True)
class BenchWorld:
    """One world of the bench, and how its score is audited.

    Attributes
    ----------
    id : str
        Unique in a plan.
    kind : str
        ``null``, ``decoy`` or ``mechanism``.
    slug : str or None
        What is planted, on `group`, with `strength` in the slug's own unit.
    group_share : float or None
        Share of the people that the group's first attribute marks; None where a world does not set it.
    family_shape, misconduct, false_reports, n_categories, broad
        Nuisance settings of the world: see `WorldSettings`.
    model : str
        What is audited: the recorded ``score``, or forecasts of a ``logit`` or ``boosting`` model.
    lag : bool
        Whether the current score is an input of the model; false where there is no model.
    """

    id: str
    kind: WorldKind
    slug: str | None
    group: Group
    strength: float
    n_people: int
    group_share: float | None
    family_shape: float
    misconduct: float
    false_reports: float
    n_categories: int
    broad: bool
    model: Model
    lag: bool
    seed: int

    def settings(self) -> WorldSettings:
        """Give the settings of the world to simulate."""
        planted = {} if self.slug is None else {self.slug: Planted(self.strength, self.group)}
        return WorldSettings(
            n_people=self.n_people,
            seed=self.seed,
            mechanisms=planted if self.kind == "mechanism" else {},
            decoys=planted if self.kind == "decoy" else {},
            disaster_rate=DISASTER_RATE,
            broad=self.broad,
            n_categories=self.n_categories,
            family_shape=self.family_shape,
            misconduct=self.misconduct,
            false_reports=self.false_reports,
            shares={} if self.group_share is None else {self.group[0][0]: self.group_share},
        )


@dataclass(frozen=True)
class Counts:
    """How many worlds of each kind a bench has.

    Attributes
    ----------
    null, decoy, mechanism : int
        Worlds without anything, per decoy, and per mechanism and strength; of `USUAL_PEOPLE` each.
    strengths : tuple of float
    extra : mapping of int to float
        Other numbers of people, each with the share of the counts that it gets.
    """

    null: int
    decoy: int
    mechanism: int
    strengths: tuple[float, ...] = STRENGTHS
    extra: Mapping[int, float] = field(default_factory=dict)

    def scaled(self, factor: float) -> Counts:
        """Give as many times the worlds, at least two of each."""
        null, decoy, mechanism = (max(2, round(factor * n)) for n in (self.null, self.decoy, self.mechanism))
        return Counts(null, decoy, mechanism, self.strengths, self.extra)

    def by_people(self) -> Iterator[tuple[int, int, int, int]]:
        """Give people, null worlds, worlds per decoy, worlds per mechanism and strength."""
        yield USUAL_PEOPLE, self.null, self.decoy, self.mechanism
        for people, share in self.extra.items():
            some = self.scaled(share)
            yield people, some.null, some.decoy, some.mechanism


FULL = Counts(1_000, 400, 200, extra={500: 0.2, 10_000: 0.1})
QUICK = Counts(120, 14, 6, strengths=(0.10, 0.30))


def plan(counts: Counts, seed: int, *, only: Collection[str] = ()) -> tuple[BenchWorld, ...]:
    """Plan a bench.

    In every cell of the plan (a slug with a strength and a number of people) the nuisance settings are a
    Latin hypercube of their own: each of them is spread evenly over its range, whatever is planted.

    Parameters
    ----------
    counts : Counts
    seed : int
        Scrambles the hypercubes and seeds the worlds; no two plans of different seeds share a world.
    only : collection of str
        Plant these slugs alone; worlds without anything stay, since limits are measured against them.

    Returns
    -------
    tuple of BenchWorld

    Raises
    ------
    ScsError
        If a slug is not in the registries.
    """
    if unknown := sorted(set(only) - set(MECHANISMS) - set(DECOYS)):
        known = ", ".join((*MECHANISMS, *DECOYS))
        raise ScsError(f"nothing to plant is called {', '.join(unknown)}", remedy=f"use some of {known}")
    worlds: list[BenchWorld] = []
    for people, null, decoy, mechanism in counts.by_people():
        worlds += _cell("null", None, 0.0, people=people, count=null, seed=seed)
        for slug in DECOYS:
            if slug in only or not only:
                half = (decoy + 1) // 2
                weak, strong = (0.15, 0.30) if DECOYS[slug].unit == SCORE_SD else (0.30, 1.0)
                worlds += _cell("decoy", slug, strong, people=people, count=half, seed=seed)
                worlds += _cell("decoy", slug, weak, people=people, count=decoy - half, seed=seed)
        for slug in MECHANISMS:
            if slug in only or not only:
                for strength in counts.strengths:
                    worlds += _cell("mechanism", slug, strength, people=people, count=mechanism, seed=seed)
    return tuple(worlds)


def fingerprint(worlds: Collection[BenchWorld]) -> str:
    """Hash a plan: SHA-256 in hex digits."""
    return hashlib.sha256(json.dumps([asdict(each) for each in worlds]).encode()).hexdigest()


def _cell(
    kind: WorldKind, slug: str | None, strength: float, *, people: int, count: int, seed: int
) -> Iterator[BenchWorld]:
    """Plan the worlds of one cell."""
    from scipy.stats import qmc

    name = f"{slug or kind}-{strength:g}-{people}"
    rng = np.random.default_rng(_derived(seed, name))
    points = qmc.LatinHypercube(d=9, rng=rng).random(count) if count else np.empty((0, 9))
    for number, at in enumerate(points):
        group = _group(kind, slug, float(at[8]))
        model = "logit" if slug == "explanation_attack" and at[6] < 0.5 else MODELS[int(len(MODELS) * at[6])]
        if slug == "explanation_attack" and model == "score":
            model = "boosting"  # without a model there is no explanation to attack
        yield BenchWorld(
            id=f"{name}-{number:04d}",
            kind=kind,
            slug=slug,
            group=group,
            strength=strength,
            n_people=people,
            group_share=_log_between(0.02, 0.25, at[0]) if group and group[0][0] in SHARES else None,
            family_shape=_log_between(1.5, 24.0, at[1]),
            misconduct=_log_between(0.5, 2.0, at[2]),
            false_reports=round(2.0 * float(at[3]), 6),
            n_categories=3 + int(3 * at[4]),
            broad=bool(at[5] < 0.5),
            model=model,
            lag=bool(at[7] < 0.5) and model != "score",
            seed=_derived(seed, f"{name}-{number}"),
        )


def _group(kind: WorldKind, slug: str | None, at: float) -> Group:
    if slug is None:
        return ()
    if kind == "mechanism":
        return MECHANISMS[slug].group
    decoy = DECOYS[slug]
    return decoy.group if len(decoy.group) > 1 else DECOY_GROUPS[int(len(DECOY_GROUPS) * at)]


def _log_between(low: float, high: float, at: float) -> float:
    return round(float(low * (high / low) ** at), 6)


def _derived(seed: int, name: str) -> int:
    """Seed of a part: 63 bits of a hash, far from the small seeds that checks were developed on."""
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:8], "big") >> 1
