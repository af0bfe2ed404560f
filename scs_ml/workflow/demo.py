"""The whole walk on a simulated pilot: plant wrongs, train, explain, audit, compare with what was planted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scs_ml.audit import run_checks, verification_plan
from scs_ml.core import AuditReport, Progress
from scs_ml.data import read_answers, read_ledger
from scs_ml.report import run_record, write_report, write_run_record
from scs_ml.schemes import load_scheme
from scs_ml.storage import save_bundle
from scs_ml.workflow.auditing import audit, case_of_forecaster
from scs_ml.workflow.recording import NOBODY, Recorder, everyone, file_sha256
from scs_ml.workflow.stages import stage
from scs_ml.workflow.training import Trained, train
from scs_ml.workflow.unseen import bundle_metadata
from scs_ml.worlds import World, WorldSettings, office_answers, save_world, simulate

MECHANISMS: Mapping[str, float] = {"postcode_proxy": 0.3, "illness_misread": 0.3, "malicious_informant": 0.3}
DECOYS: Mapping[str, float] = {"conduct_gap": 0.3}


@dataclass(frozen=True)
class Planted:
    """One line of the comparison between what was planted and what was flagged."""

    slug: str
    kind: str  # "mechanism", "decoy", or "nothing, for ..." for a flag that nothing planted explains
    strength: float
    outcome: str  # "hit", "missed", "false", "silent"


@dataclass(frozen=True)
class Demo:
    """What the demonstration made, and where it lies."""

    trained: Trained
    report: AuditReport
    planted: tuple[Planted, ...]
    world_folder: Path
    bundle_folder: Path
    run_folder: Path


def demo(
    *,
    seed: int = 0,
    n_people: int = 20_000,
    n_periods: int = 8,
    root: Path = Path(),
    recorder: Recorder = NOBODY,
    progress: Progress | None = None,
) -> Demo:
    """Simulate the Suining pilot with three planted mechanisms and a decoy, and audit what was learned.

    Parameters
    ----------
    seed : int
        Seeds everything; the same seed gives the same bytes in ``audit.json`` on the same machine.
    n_people, n_periods : int
        Size of the pilot; periods are quarters.
    root : Path
        Folder that holds ``data/`` and ``models/``.
    recorder : Recorder
        Of the house's records, where it keeps some.

    Returns
    -------
    Demo
    """
    world = simulate(
        WorldSettings(
            n_people=n_people, n_periods=n_periods, seed=seed, mechanisms=MECHANISMS, decoys=DECOYS
        ),
        progress=progress,
    )
    scheme = load_scheme("suining")
    with stage(progress, "read"):
        world_folder = save_world(world, root / "data" / "worlds" / f"suining-{seed}")
        dataset = recorder.read_table(world_folder / "office" / "table.parquet", scheme)
        ledger = read_ledger(world_folder / "office" / "ledger.parquet", scheme, dataset)
        recorder.read_beside(world_folder / "office" / "ledger.parquet", "ledger")
    trained = train(dataset, scheme, ledger=ledger, seed=seed, progress=progress)
    case = case_of_forecaster(
        trained.forecaster,
        trained.splits.test,
        scheme,
        calibration=trained.splits.calibration,
        ledger=ledger,
        name=trained.name,
        seed=seed,
        progress=progress,
    )
    with stage(progress, "look up the verification sample"):
        plan = verification_plan(case, run_checks(case, seed=seed).findings, seed=seed)
        verified = read_answers(office_answers(world, plan["event"], seed=seed), scheme)
    report = audit(
        replace(case, verified=verified), leaderboard=trained.leaderboard, seed=seed, progress=progress
    )
    bundle = save_bundle(
        trained.forecaster,
        scheme,
        root / "models" / "suining" / f"demo-{seed}",
        seed=seed,
        metadata=bundle_metadata(trained),
        signer=recorder.signer,
    )
    recorder.trained(trained.splits.train, scheme, bundle, seed=seed, family=trained.name)
    folder, people = root / "data" / "runs" / f"demo-{seed}", everyone(case).subject
    recorder.will_write(folder, "run", scheme, people, person_level=bool(report.persons))
    with stage(progress, "report"):
        size = {"people": n_people, "quarters": n_periods}

        def beside(temporary: Path) -> None:
            audit_sha256 = file_sha256(temporary / "audit.json")
            people = recorder.people(everyone(case))
            record = run_record(
                "demo", scheme, (), seed=seed, options=size, people=people, audit_sha256=audit_sha256
            )
            write_run_record(record, temporary)

        run = write_report(report, folder, beside=beside)
    recorder.audited(case, report, run, seed=seed)
    return Demo(trained, report, compare(world, report), world_folder, bundle, run)


def compare(world: World, report: AuditReport) -> tuple[Planted, ...]:
    """Hold the report's `mechanism` flags against what the world planted.

    A mechanism is hit when some `mechanism` flag names its slug first, for its group. A flag for the group of
    a decoy is false, and so is any other, unless it names a part of a wronged group.
    """
    flags = {(f.mechanisms[0][0], f.group) for f in report.flags("mechanism") if f.mechanisms}
    planted = {(aim.slug, aim.group) for aim in world.settings.aims("mechanism")}
    lines = [
        Planted(aim.slug, "mechanism", aim.strength, "hit" if (aim.slug, aim.group) in flags else "missed")
        for aim in world.settings.aims("mechanism")
    ]
    lines += [
        Planted(
            aim.slug, "decoy", aim.strength, "false" if any(g == aim.group for _, g in flags) else "silent"
        )
        for aim in world.settings.aims("decoy")
    ]
    decoys = {aim.group for aim in world.settings.aims("decoy")}
    lines += [
        Planted(slug, f"nothing, for {' and '.join(f'{a} = {v}' for a, v in group)}", 0.0, "false")
        for slug, group in sorted(flags)
        if group not in decoys
        and not any(slug == named and set(wronged) <= set(group) for named, wronged in planted)
    ]
    return tuple(lines)
