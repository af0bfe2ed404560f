"""Records of worlds that were never simulated, so that every figure can be worked out by hand."""

import pandas as pd

from scs_ml.bench.cases import ARMS


def world(number, kind="null", slug=None, arm="table", **more):
    row = {
        "id": f"{slug or kind}-{more.get('strength', 0)}-{number}",
        "kind": kind,
        "slug": slug,
        "group": "minority=yes" if slug else "",
        "strength": 0.0,
        "n_people": 2_000,
        "group_share": 0.1,
        "family_shape": 1.0 + number,
        "misconduct": 1.0,
        "false_reports": 1.0,
        "n_categories": 4,
        "broad": False,
        "model": "score",
        "lag": False,
        "seed": "1",
        "arm": arm,
        "error": None,
        "seconds_simulate": 0.5,
        "seconds": 0.25,
        "difference_flags": 0,
        "look_ups": 0,
        "achieved": None,
        "true_effect": None,
        "mechanism_flags": 0,
        "found": False,
        "named": None,
        "tied": None,
        "cell_first": None,
        "attack_called": False,
    }
    return {**row, **more}


def results(rows, findings=(), statistics=()):
    return {
        "worlds": pd.DataFrame(list(rows)),
        "findings": pd.DataFrame(list(findings)),
        "statistics": pd.DataFrame(list(statistics)),
    }


def hundred_nulls_and_ten_wrongs():
    """100 null worlds, 3 of them flagged with the answers; 10 worlds with `direct_use`, 9 of them found."""
    rows, statistics = [], []
    for arm in ARMS:
        for n in range(100):
            rows.append(world(n, arm=arm, mechanism_flags=int(arm == "answers" and n < 3)))
            statistics.append((f"null-0-{n}", arm, 0.0))
        for n in range(10):
            found = {"mechanism_flags": 1, "found": True, "named": "direct_use", "cell_first": n < 8}
            told = {} if n == 9 else {**found, "tied": "direct_use"}
            rows.append(world(n, "mechanism", "direct_use", arm, strength=0.1, true_effect=-0.1, **told))
            statistics.append((f"direct_use-0.1-{n}", arm, 1.0))
    limits = [
        {"id": name, "mechanism": "direct_use", "arm": arm, "statistic": "remainder", "value": value}
        for name, arm, value in statistics
    ]
    return results(rows, statistics=limits)
