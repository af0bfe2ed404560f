from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from scs_ml.audit.groups import contrasts, group_label, groups_table, masks
from tests.audit.cases import case, dataset, scheme

SENSITIVE = [{"name": "origin"}, {"name": "sex", "reference": "m"}]


def people(n=60, **changes):
    origin = np.array(["far", "here", "here", "unknown"] * (n // 4))
    sex = np.array(["f", "m"] * (n // 2))
    frame = pd.DataFrame({"origin": origin, "sex": sex})
    situations = pd.DataFrame({"illness": np.arange(n) < 20})
    return dataset(n, sensitive=frame, situations=situations, **changes)


def test_reference_is_the_schemes_or_else_the_largest_and_unknown_is_never_compared():
    found = contrasts(case(people(), scheme(sensitive=SENSITIVE)))
    assert [(c.group, c.reference, c.n) for c in found] == [
        ((("origin", "far"),), (("origin", "here"),), (15, 30)),
        ((("sex", "f"),), (("sex", "m"),), (30, 30)),
        ((("illness", "yes"),), (("illness", "no"),), (20, 40)),
    ]


def test_a_declared_reference_that_nobody_has_gives_way_to_the_largest():
    rules = scheme(sensitive=[{"name": "origin", "reference": "moon"}, {"name": "sex"}])
    assert contrasts(case(people(), rules))[0].reference == (("origin", "here"),)


def test_ties_for_the_largest_do_not_depend_on_the_order_of_rows():
    data = people()
    rules = scheme(sensitive=[{"name": "origin"}, {"name": "sex"}])
    forward = [c.reference for c in contrasts(case(data, rules))]
    backward = [c.reference for c in contrasts(case(data.take(np.arange(60)[::-1]), rules))]
    assert forward == backward
    assert forward[1] == (("sex", "f"),)


def test_intersections_are_compared_with_the_combination_of_references():
    rules = scheme(sensitive=SENSITIVE, audit={"intersections": [["origin", "sex"]]})
    crossed = [c for c in contrasts(case(people(), rules)) if len(c.group) == 2]
    assert [c.label for c in crossed] == ["origin = far, sex = f", "origin = here, sex = f"]
    assert crossed[0].reference == (("origin", "here"), ("sex", "m"))
    # Rows 0, 4, 8, ... are far and f; 1, 5, ... here and m; 2, 6, ... here and f.
    assert crossed[0].n == (15, 15)


def test_small_counts_rows_and_clusters():
    one_family = people(family=np.array(["a"] * 60, dtype=object))
    assert all(c.small for c in contrasts(case(one_family, scheme(sensitive=SENSITIVE))))
    assert not any(c.small for c in contrasts(case(people(), scheme(sensitive=SENSITIVE))))
    nine = people().take(np.arange(36))
    assert contrasts(case(nine, scheme(sensitive=SENSITIVE)))[0].small  # nine are from far


def test_take_keeps_masks_aligned_and_judges_size_anew():
    data = people()
    first = contrasts(case(data, scheme(sensitive=SENSITIVE)))[0]
    kept = first.take(np.arange(36), data.cluster)
    assert kept.n == (9, 18)
    assert kept.small
    assert not first.small


def test_a_situation_of_all_or_none_gives_no_contrast():
    for value in (True, False):
        data = replace(people(), situations=pd.DataFrame({"illness": np.full(60, value)}))
        assert all(c.group[0][0] != "illness" for c in contrasts(case(data, scheme(sensitive=SENSITIVE))))


def test_table_counts_the_unknown_and_subjects():
    data = people(subject=np.array([f"s{i // 2}" for i in range(60)], dtype=object))
    rows = {(r[0], r[1]): r[2:] for r in groups_table(case(data, scheme(sensitive=SENSITIVE))).rows}
    assert rows["origin", "unknown"] == (15, 15, 0.25)
    assert rows["sex", "f"] == (30, 30, 0.5)
    assert rows["illness", "yes"] == (20, 10, 20 / 60)
    assert ("sex", "unknown") not in rows


def test_masks_name_everybody_and_each_side_once():
    found = masks(contrasts(case(people(), scheme(sensitive=SENSITIVE))), 60)
    assert list(found)[:3] == ["everybody", "origin = here", "origin = far"]
    assert found["everybody"].sum() == 60
    assert group_label(()) == "everybody"
