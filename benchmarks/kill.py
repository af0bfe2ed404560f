"""Kill train, audit, bench and the log at random moments, and look at what lies on disk.

    python benchmarks/kill.py --kills 25 --late 10 --seed 0 --write

Each command runs in a process of its own, forked after the package is imported, so that a kill falls into its
work. It is killed (SIGKILL, its whole group) at a moment drawn uniformly from the duration of an undisturbed
run; train and audit again as often in the last tenth of it, where files are put in place. Then the artefact
must be the old one or the new one, whole; the log of the records must check; and the same command, run once
more, must end well, with the result of an undisturbed run, and leave nothing of the killed one behind. Prints
Markdown.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import hashlib
import io
import json
import os
import platform
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from scs_ml.bench import Counts, bench, running
from scs_ml.cli import main
from scs_ml.records import check_log, open_records
from scs_ml.report.contract import validate_audit
from scs_ml.safeguards import load_key
from scs_ml.storage import fingerprint_frame, library_versions, load_bundle
from scs_ml.worlds import WorldSettings, save_world, simulate

PAGE = Path(__file__).parent.parent / "docs" / "results" / "kill.md"
ENTRIES = 60  # appended by one process
LATE = 0.9  # of the duration: the second half of the kills falls after it
COUNTS = Counts(null=2, decoy=1, mechanism=2, strengths=(0.3,))  # of a bench of few worlds

TEXT = """# Killed at random moments

{what}
Each command was killed (SIGKILL to its process group) at moments drawn uniformly from the duration of an
undisturbed run; train and audit some more times in the last tenth of it, where files are put in place.
{total} processes were killed in their work; those that had ended before the signal came are counted apart.

*old*, *new*: what lies there is what lay there before, or what an undisturbed run writes (a run folder byte
for byte; a bundle verified, loaded and compared by its manifest; a bench without its processor seconds).
*some parts*: a bench that can go on, every file as an undisturbed run writes it. *half*: anything else.
*hidden*: temporary files beside. *swept*:
times that the next run left none. *kept*: parts that the next run did not compute again. *completed*: the
same command, run again, ended with the result of an undisturbed run. For the log (a process appends {entries}
entries), *old* is every entry that was acknowledged, *new* one more; it was checked with the auditor's key
each time, and then appended to. The log was also checked after each kill of train and audit, which record
what they do.

| command | moments | killed | ended | old | new | some parts | half | hidden | swept | kept | completed |
|---|---|---|---|---|---|---|---|---|---|---|---|
"""


@dataclass
class Tally:
    """What was found after the kills of one command."""

    kills: int = 0
    ended: int = 0  # before the kill came
    old: int = 0
    new: int = 0
    between: int = 0  # of a run that goes on: some of its parts
    half: int = 0
    hidden: int = 0  # temporary files that a kill left
    swept: int = 0  # runs afterwards that left none
    kept: int = 0  # parts that the next run did not compute again
    completed: int = 0
    faults: list[str] = field(default_factory=list)


def forked(work: Callable[[], None], *, after: float | None = None) -> tuple[float, bool]:
    """Run work in a process of its own; gives its duration, and whether it was killed."""
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.setsid()
        code = 1
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                work()
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        finally:
            os._exit(code)
    if after is not None:
        time.sleep(max(0.0, after - (time.perf_counter() - started)))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    if not killed and os.WEXITSTATUS(status):
        raise SystemExit(f"the work ended with exit code {os.WEXITSTATUS(status)}")
    return time.perf_counter() - started, killed


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder by its path, as a hash."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def bench_tree(folder: Path) -> dict[str, str]:
    """Every file of a bench as a hash of what it says, without processor seconds, which no two runs share."""
    found = tree(folder)
    for name in found:
        path = folder / name
        try:
            if path.suffix == ".parquet":
                frame = pd.read_parquet(path)
                kept = [column for column in frame if not column.startswith("seconds")]
                found[name] = fingerprint_frame(frame[kept])
            elif name == "summary.json":
                summary = json.loads(path.read_text(encoding="utf-8"))
                del summary["tables"]["cost"]
                found[name] = json.dumps(summary)
            elif name == "index.html":
                found[name] = path.read_text(encoding="utf-8").rstrip()[-7:]
        except (ValueError, OSError) as error:
            found[name] = f"cannot be read: {type(error).__name__}"
    return found


def left_over(home: Path) -> list[Path]:
    """Hidden temporaries anywhere below the home."""
    return [path for path in home.rglob(".*") if path.name.startswith((".new-", ".old-"))]


def log_checks(home: Path, tally: Tally) -> int:
    """Check the log of the records as the auditor would; gives the number of entries."""
    check = check_log(home / "records", auditor_key=load_key(home / "auditor.key"))
    if check.first_altered is not None:
        tally.faults.append(f"log: {check.why}")
    return check.entries


def killed_folders(
    home: Path, target: str, command: Callable[[int], list[str]], state: Callable[[Path], object]
) -> Callable[[Iterator[float], int], Tally]:
    """Kill a command that replaces a folder: the old one is of seed 0, the new one of seed 1."""

    def run(moments: Iterator[float], kills: int) -> Tally:
        tally, path, states = Tally(), home / target, []
        for seed in (0, 1):
            duration = forked(lambda seed=seed: main(command(seed)))[0]
            states.append(state(path))
            shutil.copytree(path, home / f"{target}-{seed}")
        while tally.kills < kills:
            shutil.rmtree(path)
            shutil.copytree(home / f"{target}-0", path)
            _, killed = forked(lambda: main(command(1)), after=duration * next(moments))
            tally.kills += killed
            tally.ended += not killed
            tally.hidden += len(left_over(home))
            look(tally, path, states, state)
            log_checks(home, tally)
            forked(lambda: main(command(1)))
            tally.completed += state(path) == states[1]
            tally.swept += not left_over(home)
        return tally

    return run


def look(tally: Tally, path: Path, states: list[object], state: Callable[[Path], object]) -> None:
    """Say whether a folder is the old one, the new one, or neither."""
    try:
        at = states.index(state(path))
    except Exception as error:  # noqa: BLE001 - whatever a half-written folder makes a reader say
        tally.half += 1
        tally.faults.append(f"{path.name}: {type(error).__name__}: {error}")
        return
    tally.old += at == 0
    tally.new += at == 1


def run_state(path: Path) -> object:
    """Read a run folder as a reader would, and give every file of it."""
    validate_audit(json.loads((path / "audit.json").read_text(encoding="utf-8")))
    return tree(path)


def bundle_state(path: Path) -> object:
    """Verify and load a bundle, and give what its manifest says of it.

    Without the hash of the model: skops writes the time into it, and addresses in memory.
    """
    manifest = load_bundle(path).manifest
    return {
        name: manifest[name] for name in manifest if name not in {"files", "seal", "signature", "unpacked"}
    }


def killed_bench(home: Path) -> Callable[[Iterator[float], int], Tally]:
    """Kill a bench, which goes on from its parts."""
    running.CHUNK = 2  # worlds a part, so that there is something to go on from

    def command() -> None:
        bench(home / "bench", counts=COUNTS, only=("illness_misread",), rivals=False)

    def run(moments: Iterator[float], kills: int) -> Tally:
        tally, path = Tally(), home / "bench"
        duration, _ = forked(command)
        wanted = bench_tree(path)
        while tally.kills < kills:
            shutil.rmtree(path, ignore_errors=True)
            _, killed = forked(command, after=duration * next(moments))
            tally.kills += killed
            tally.ended += not killed
            tally.hidden += len(left_over(home))
            before = bench_tree(path) if path.exists() else {}
            shown = {name: each for name, each in before.items() if "/." not in f"/{name}"}
            wrong = [name for name, each in shown.items() if wanted.get(name) != each]
            tally.half += bool(wrong)
            tally.faults += [f"bench: {name} is not what an undisturbed run writes" for name in wrong]
            tally.old += not shown
            tally.new += shown == wanted
            tally.between += bool(shown) and shown != wanted
            parts = {
                name: (path / name).stat().st_mtime_ns for name in shown if name.startswith("parts/worlds")
            }
            forked(command)
            tally.kept += sum((path / name).stat().st_mtime_ns == when for name, when in parts.items())
            tally.completed += bench_tree(path) == wanted
            tally.swept += not left_over(home)
        return tally

    return run


def killed_log(home: Path) -> Callable[[Iterator[float], int], Tally]:
    """Kill a process that appends to the log; what it was told is on disk must be."""

    def run(moments: Iterator[float], kills: int) -> Tally:
        tally = Tally()

        def append(told: int) -> None:
            log = open_records(home / "records").log
            for number in range(ENTRIES):
                log.append("review", {"number": number}, at="2026-01-01T00:00:00Z")
                os.write(told, b".")

        def once(after: float | None) -> tuple[float, bool, int]:
            reader, writer = os.pipe()
            duration, killed = forked(lambda: append(writer), after=after)
            os.close(writer)
            told = len(os.read(reader, 1 << 16))
            os.close(reader)
            return duration, killed, told

        duration = once(None)[0]
        entries = log_checks(home, tally)
        while tally.kills < kills:
            _, killed, told = once(duration * next(moments))
            tally.kills += killed
            tally.ended += not killed
            before = len(tally.faults)
            now = log_checks(home, tally)
            if now - entries not in (told, told + 1):
                tally.faults.append(f"log: {told} entries were acknowledged, {now - entries} are there")
            tally.half += len(tally.faults) > before
            tally.old += now == entries + told
            tally.new += now == entries + told + 1
            open_records(home / "records").log.append("review", {"after": told}, at="2026-01-01T00:00:01Z")
            entries = log_checks(home, tally)
            tally.completed += entries == now + 1
            tally.swept += not [each for each in (home / "records").iterdir() if each.name.endswith(".next")]
        return tally

    return run


def moments(seed: int, low: float) -> Iterator[float]:
    """Shares of a duration, uniform from `low` to 1."""
    generator = random.Random(seed)  # noqa: S311 - repeatable, no secret
    while True:
        yield generator.uniform(low, 1.0)


def page(found: dict[tuple[str, str], Tally], arguments: argparse.Namespace) -> str:
    """Write the results as Markdown."""
    rows = []
    for (command, when), t in found.items():
        cells = (
            command,
            when,
            t.kills,
            t.ended,
            t.old,
            t.new,
            t.between,
            t.half,
            t.hidden,
            t.swept,
            t.kept,
            t.completed,
        )
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    versions = library_versions()
    total = sum(t.kills for t in found.values())
    faults = [f"- {fault}" for t in found.values() for fault in t.faults]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    what = (
        f"`python benchmarks/kill.py --kills {arguments.kills} --late {arguments.late} "
        f"--seed {arguments.seed} --write`, "
        f"{dt.datetime.now(dt.UTC).date()}, scs_ml {versions['scs_ml']}, Python {versions['python']}, "
        f"{platform.system()}, {cores} cores."
    )
    text = TEXT.format(what=what, total=total, entries=ENTRIES)
    return text + "\n".join(rows) + "\n\n" + ("\n".join(faults) or "No fault was found.") + "\n"


def run() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=25, help="of each command")
    parser.add_argument(
        "--late", type=int, default=10, help="more kills of train and audit, in the last tenth"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", help="this command alone; may be given again")
    parser.add_argument("--write", action="store_true", help="write docs/results/kill.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.chdir(home)
        os.environ["SCS_ML_RECORDS"] = str(home / "records")
        open_records(home / "records", create=True, auditor_key=home / "auditor.key")

        def prepare() -> None:
            save_world(simulate(WorldSettings(n_people=300, n_periods=6, seed=3)), home / "world")

        forked(prepare)
        table = str(home / "world" / "office" / "table.parquet")
        ledger = str(home / "world" / "office" / "ledger.parquet")

        def train(seed: int) -> list[str]:
            return ["train", "suining", table, "--family", "logit", "-o", "bundle", "--seed", str(seed)]

        def audit(seed: int) -> list[str]:
            return ["audit", "suining", table, "--ledger", ledger, "-o", "run", "--seed", str(seed)]

        works = {
            "log append": killed_log(home),
            "train": killed_folders(home, "bundle", train, bundle_state),
            "audit": killed_folders(home, "run", audit, run_state),
            "bench": killed_bench(home),
        }
        found: dict[tuple[str, str], Tally] = {}
        for name, work in works.items():
            if name not in (arguments.only or works):
                continue
            for when, low, kills in (("uniform", 0.0, arguments.kills), ("last tenth", LATE, arguments.late)):
                if low and name not in {"train", "audit"}:
                    continue
                for each in home.iterdir():
                    if each.name.startswith(("bundle", "run", "bench")):
                        shutil.rmtree(each)
                found[name, when] = work(moments(arguments.seed, low), kills)
                print(name, when, found[name, when], file=sys.stderr, flush=True)
        text = page(found, arguments)
    print(text)
    if arguments.write:
        PAGE.write_text(text, encoding="utf-8")
    if any(each.half or each.faults for each in found.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    run()
