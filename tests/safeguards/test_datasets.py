"""Predictability, values and relatives' data: what the table itself shows, tried under many disguises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.core import UNKNOWN_GROUP, Dataset
from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards import gate_dataset
from scs_ml.safeguards.predictable import coded, halves, same_thing
from tests.safeguards.test_inputs import REAL, scheme

N = 2000


def rng():
    return np.random.default_rng(5)


def of(n=N, families=False, periods=1, **columns):
    """One row a person and period; `columns` are inputs beside `visits`."""
    made = rng()
    rows = n * periods
    who = np.tile([f"p{k}" for k in range(n)], periods)
    return Dataset(
        X=pd.DataFrame({"visits": made.poisson(2, rows).astype(float), **columns}),
        subject=who,
        period=np.repeat(np.arange(periods), n),
        periods=tuple(f"q{k}" for k in range(periods)),
        category=made.integers(0, 2, rows),
        y=made.integers(0, 2, rows),
        sensitive=pd.DataFrame(
            {"group": np.tile(made.choice(["near", "far", "there"], n, p=[0.6, 0.3, 0.1]), periods)}
        ),
        situations=pd.DataFrame({"ill": made.random(rows) < 0.1}),
        withheld=pd.DataFrame({"spirits": made.normal(size=rows)}),
        fingerprint="made up",
        score=made.normal(50, 10, rows).round(3),
        family=np.tile([f"f{k // 4}" for k in range(n)], periods) if families else None,
    )


def with_input(dataset, values):
    return replace(dataset, X=dataset.X.assign(x=values))


def a_scheme(kind="benchmark", **x):
    spirits = {"name": "spirits", "nature": "psychological"}
    return scheme(kind, spirits, {"name": "x", **x})


def refused(dataset, rule, kind="benchmark", **x):
    with pytest.raises(SafeguardError) as caught:
        gate_dataset(a_scheme(kind, **x), dataset)
    assert caught.value.rule == rule
    assert "x: " in caught.value.where
    assert "visits: " not in caught.value.where
    return caught.value


def group_codes(dataset, order=(0, 1, 2)):
    return dataset.sensitive["group"].map(dict(zip(["near", "far", "there"], order, strict=True)))


DISGUISES = {
    "codes": lambda d: group_codes(d).astype(float),
    "permuted codes": lambda d: group_codes(d, (7, 1, 4)).astype(float),
    "affine": lambda d: group_codes(d) * -3.5 + 11,
    "monotone": lambda d: np.exp(group_codes(d)) + 0.5,
    "each code split in two": lambda d: group_codes(d) * 2.0 + rng().integers(0, 2, len(d)),
    "1 % noise": lambda d: np.where(rng().random(len(d)) < 0.01, 0.0, group_codes(d)),
    "0.99 correlated": lambda d: (
        group_codes(d) + rng().normal(0, 0.0954 * group_codes(d).std() * 1.5, len(d))
    ),
    "one group alone": lambda d: (d.sensitive["group"] == "there").astype(float),
    "missing where it is one": lambda d: np.where(
        d.sensitive["group"] == "far", np.nan, rng().normal(size=len(d))
    ),
    "interval": lambda d: group_codes(d, (1, 0, 2)) * 100 + rng().uniform(0, 99, len(d)),
    "categories": lambda d: pd.Categorical(group_codes(d).map({0: "zx", 1: "qp", 2: "mm"})),
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("kind", REAL)
def test_a_protected_column_is_found_under_every_disguise(disguise, kind):
    data = of()
    error = refused(with_input(data, DISGUISES[disguise](data)), "hidden_input", kind)
    assert "it is group under another name" in error.where


@pytest.mark.parametrize("disguise", ["affine", "monotone", "noise", "rank", "negative cube", "quarters"])
def test_a_state_of_mind_is_found_under_every_disguise(disguise):
    data = of()
    mind = data.withheld["spirits"]
    hidden = {
        "affine": 4 - 2 * mind,
        "monotone": np.exp(mind),
        "noise": mind + rng().normal(0, 0.1425, len(data)),  # 0.99 correlated
        "rank": mind.rank(),
        "negative cube": -(mind**3),
        "quarters": (mind.rank() - 1) * 4 // len(data) * 7 % 4,  # in no order
    }[disguise]
    refused(with_input(data, hidden), "state_of_mind")


def test_an_illness_is_found_and_its_rule_is_that_of_health():
    data = of()
    refused(with_input(data, 1.0 - data.situations["ill"]), "state_of_mind")


def test_relatives_and_refused_domains_have_their_own_rule():
    data = of()
    kin = {"name": "kin_count", "concerns": "relatives"}
    far = {"name": "fines", "context": "traffic"}
    data = replace(
        data, withheld=pd.DataFrame({"kin_count": rng().poisson(3, N) * 1.0, "fines": rng().gamma(2, 1, N)})
    )
    for source, rule in ((kin, "relatives"), (far, "other_context")):
        hidden = with_input(data, data.withheld[source["name"]] * 2 + 1)
        with pytest.raises(SafeguardError) as caught:
            gate_dataset(scheme("benchmark", kin, far, {"name": "x"}), hidden)
        assert caught.value.rule == rule


def test_an_exact_recoding_is_found_among_twenty_people_and_nothing_among_nineteen():
    data = of(20)
    data = replace(data, sensitive=pd.DataFrame({"group": ["near", "far"] * 10}))
    hidden = with_input(data, np.tile([3.0, 8.0], 10))
    assert "one to one with it in 20 people" in refused(hidden, "hidden_input").where
    few = hidden.take(np.arange(19))
    assert all(record.outcome == "kept" for record in gate_dataset(a_scheme(), few))


def test_a_rare_flag_that_falls_together_once_is_no_recoding():
    a, b = np.zeros(40), np.zeros(40)
    a[7] = b[7] = 1
    found = same_thing(coded(pd.Series(a)), coded(pd.Series(b).map({0.0: "x", 1.0: "y"})), halves(40))
    assert found is None or not found.found


def test_numbers_that_never_repeat_are_not_one_to_one_with_each_other():
    a, b = rng().normal(size=(2, 500))
    assert not same_thing(coded(pd.Series(a)), coded(pd.Series(b)), halves(500)).found


def test_a_number_that_names_each_person_tells_no_group():
    data = with_input(of(), np.arange(N, dtype=float))
    assert all(record.outcome == "kept" for record in gate_dataset(a_scheme(), data))


def test_a_strong_but_lesser_relation_is_for_the_audit_not_for_this_gate():
    data = of()
    proxy = np.where(rng().random(N) < 0.1, rng().permutation(group_codes(data)), group_codes(data))
    records = gate_dataset(a_scheme(), with_input(data, proxy.astype(float)))
    (near,) = (each for each in records if "nearest is x to group" in each.detail)
    assert near.outcome == "kept"
    assert f"{N:,} people" in near.detail


@pytest.mark.parametrize("seed", range(3))
def test_chance_refuses_nothing(seed):
    made = np.random.default_rng(seed)
    for n in (20, 60, 400):
        inputs = {f"v{k}": made.integers(0, 2 + k % 4, n).astype(float) for k in range(30)}
        small = replace(of(n), X=pd.DataFrame(inputs))
        gate = gate_dataset(scheme("benchmark", *({"name": name} for name in inputs)), small)
        assert {record.outcome for record in gate} == {"kept"}


def test_many_rows_of_few_people_are_not_many_people():
    data = of(10, periods=40)
    hidden = with_input(data, group_codes(data).astype(float))
    records = gate_dataset(a_scheme(), hidden)
    assert any("values of 20 people or more" in record.detail for record in records)


# --- the two outcomes, and what cannot be asked ---


@pytest.mark.parametrize("how", [{"existing": True}, {"surrogate": True}])
@pytest.mark.parametrize("kind", REAL)
def test_what_exists_already_is_recorded(kind, how):
    data = of()
    records = gate_dataset(a_scheme(kind), with_input(data, group_codes(data) * 2.0), **how)
    (record,) = (each for each in records if each.outcome == "recorded")
    assert (record.rule, record.columns) == ("hidden_input", ("x",))
    assert "the model sees x: it is group under another name" in record.detail


def test_a_world_is_recorded():
    data = of()
    records = gate_dataset(a_scheme("synthetic"), with_input(data, group_codes(data) * 2.0))
    assert [each.outcome for each in records if each.columns == ("x",)] == ["recorded"]


def test_values_of_the_table_are_asked_whatever_the_scheme_lists():
    data = of()
    hidden = pd.Categorical(np.where(rng().random(N) < 0.5, "bWFsZQ==", "ZmVtYWxl"))
    error = refused(with_input(data, hidden), "hidden_input", dtype="category", levels=["a", "b"])
    assert "words of sex" in error.where


def test_what_is_not_in_the_table_cannot_be_asked_and_the_record_says_so():
    data = of()
    none = pd.DataFrame(index=range(N))
    bare = replace(data, sensitive=none, situations=none, withheld=none)
    records = gate_dataset(scheme("benchmark"), bare)
    said = {record.rule: record.detail for record in records if "could not be asked" in record.detail}
    assert set(said) == {"hidden_input", "state_of_mind", "relatives"}
    assert said["state_of_mind"].startswith("no column of health or a state of mind")
    assert "no two members of a family" in said["relatives"]


def test_people_of_unknown_group_are_left_out_of_the_question():
    data = of()
    hidden = with_input(data, group_codes(data) * 2.0)
    unknown = hidden.sensitive["group"].where(rng().random(N) < 0.5, UNKNOWN_GROUP)
    refused(replace(hidden, sensitive=pd.DataFrame({"group": unknown})), "hidden_input")


def test_the_answer_is_the_same_every_time():
    data = with_input(of(), rng().normal(size=N))
    assert gate_dataset(a_scheme(), data) == gate_dataset(a_scheme(), data)


# --- relatives ---


def sides(dataset, values, figure):
    """A figure over the other members of each row's family in the same period."""
    frame = pd.DataFrame({"f": dataset.family, "t": dataset.period, "v": np.asarray(values, float)})
    out = np.empty(len(frame))
    for _, part in frame.groupby(["f", "t"]):
        for at in part.index:
            out[at] = getattr(part["v"].drop(at), figure)()
    return out


@pytest.mark.parametrize("figure", ["mean", "max", "min", "sum"])
@pytest.mark.parametrize("what", ["score", "visits"])
def test_a_figure_over_the_others_is_theirs(figure, what):
    data = of(600, families=True)
    theirs = sides(data, data.score if what == "score" else data.X["visits"], figure)
    error = refused(with_input(data, theirs * 3 + 1), "relatives")
    assert what in error.where


@pytest.mark.parametrize("lag", [1, 2])
def test_what_the_others_had_before_is_theirs_too(lag):
    data = of(400, families=True, periods=4)
    theirs = sides(data, data.score, "mean")
    earlier = np.where(data.period >= lag, np.roll(theirs, lag * 400), np.nan)
    error = refused(with_input(data, earlier), "relatives")
    assert ("one period before", "two periods before")[lag - 1] in error.where


def test_a_joined_parents_score_is_found_where_it_is_not_the_subjects_own():
    data = of(1200, families=True)
    head = pd.Series(data.score).groupby(data.family).transform("first").to_numpy()
    error = refused(with_input(data, head), "relatives")
    assert "it is that of another member of the family" in error.where


def test_a_join_with_noise_in_a_hundredth_is_found():
    data = of(1200, families=True)
    head = pd.Series(data.score).groupby(data.family).transform("last").to_numpy()
    refused(with_input(data, np.where(np.arange(1200) % 250 == 1, 0.0, head)), "relatives")


def test_what_a_family_shares_is_the_subjects_own_as_well():
    data = of(600, families=True)
    place = pd.factorize(data.family)[0] % 7
    data = with_input(data, place.astype(float))
    assert {record.outcome for record in gate_dataset(a_scheme(), data)} == {"kept"}


def test_counts_that_agree_with_anybodys_are_not_taken_for_a_relatives():
    data = of(1200, families=True)
    data = with_input(data, rng().poisson(0.5, 1200).astype(float))
    assert {record.outcome for record in gate_dataset(a_scheme(), data)} == {"kept"}


def test_one_outlier_in_two_columns_is_no_relation():
    data = of(600, families=True)
    x = np.zeros(600)
    x[0] = 1e6
    visits = np.zeros(600)
    visits[1] = 1e6  # of the same family
    data = replace(data, X=pd.DataFrame({"visits": visits, "x": x}))
    assert {record.outcome for record in gate_dataset(a_scheme(), data)} == {"kept"}


def test_a_world_with_a_relatives_column_is_recorded():
    data = of(600, families=True)
    records = gate_dataset(a_scheme("synthetic"), with_input(data, sides(data, data.score, "mean")))
    assert any(each.rule == "relatives" and each.outcome == "recorded" for each in records)
