"""What was planted is held against what was flagged, and the demonstration repeats itself byte for byte."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from scs_ml.core import AuditReport, Finding
from scs_ml.schemes import load_scheme
from scs_ml.workflow import demo
from scs_ml.workflow.demo import compare
from scs_ml.worlds import WorldSettings


def report(*flags, verdict="flag"):
    findings = tuple(
        Finding(slug, "mechanism", verdict, group, (), (10, 10), "", mechanisms=((slug, 1.0),))
        for slug, group in flags
    )
    return AuditReport(load_scheme("suining"), findings, (), (), {}, {}, {}, 0, {})


def outcomes(findings, **planted):
    world = SimpleNamespace(settings=WorldSettings(**planted))
    return {(line.slug, line.kind): line.outcome for line in compare(world, findings)}


MINORITY = (("minority", "yes"),)
PLANTED = {"mechanisms": {"postcode_proxy": 0.3}, "decoys": {"conduct_gap": 0.3}}
DECOY = WorldSettings(**PLANTED).aims("decoy")[0].group


def test_flag_of_the_planted_mechanism_and_group_is_a_hit():
    assert outcomes(report(("postcode_proxy", MINORITY)), **PLANTED) == {
        ("postcode_proxy", "mechanism"): "hit",
        ("conduct_gap", "decoy"): "silent",
    }


@pytest.mark.parametrize(
    "found",
    [
        report(),
        report(("postcode_proxy", MINORITY), verdict="cannot tell"),
        report(("illness_misread", MINORITY)),
        report(("postcode_proxy", (("sex", "female"),))),
    ],
    ids=["nothing", "no flag", "another mechanism", "another group"],
)
def test_anything_less_is_a_miss(found):
    assert outcomes(found, **PLANTED)["postcode_proxy", "mechanism"] == "missed"


def test_flag_for_the_group_of_a_decoy_is_false():
    found = outcomes(report(("malicious_informant", DECOY)), **PLANTED)
    assert found["conduct_gap", "decoy"] == "false"
    assert len(found) == 2


def test_flag_that_nothing_planted_explains_is_false_and_named():
    found = outcomes(report(("malicious_informant", (("sex", "female"),))), **PLANTED)
    assert found["malicious_informant", "nothing, for sex = female"] == "false"


def test_flag_for_a_part_of_the_wronged_group_is_not_false():
    part = (*MINORITY, ("sex", "female"))
    assert len(outcomes(report(("postcode_proxy", part)), **PLANTED)) == 2
    # The same part under another mechanism's name is.
    assert len(outcomes(report(("illness_misread", part)), **PLANTED)) == 3


def test_same_seed_gives_the_same_bytes(tmp_path):
    folders = [tmp_path / name for name in ("first", "second")]
    first, second = (demo(seed=5, n_people=500, n_periods=5, root=root) for root in folders)
    audits = [done.run_folder.joinpath("audit.json").read_bytes() for done in (first, second)]
    assert audits[0] == audits[1]
    assert first.planted == second.planted
    record = json.loads(audits[0])
    assert record["seed"] == 5
    assert {line.slug for line in first.planted} >= {
        "postcode_proxy",
        "illness_misread",
        "malicious_informant",
        "conduct_gap",
    }
    for done in (first, second):
        names = {p.name for p in done.run_folder.iterdir()}
        assert names == {"audit.json", "report.html", "card.md", "run.json"}
        assert (done.bundle_folder / "manifest.json").is_file()
        assert (done.world_folder / "truth").is_dir()
