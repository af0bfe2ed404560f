"""Published tables hide every single person, cost what they say, and are refused when the budget is spent."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from scs_ml.data import read_table
from scs_ml.exceptions import SafeguardError, ScsError
from scs_ml.records import open_records
from scs_ml.records.budget import FILE, Budget
from scs_ml.report.private import expected_error, noised, private_table
from scs_ml.schemes import Scheme, load_scheme
from scs_ml.workflow.publishing import group_counts, publish_table
from scs_ml.workflow.recording import Recorder

DRAWS = 40_000


def scheme(kind="benchmark", **basis):
    document = load_scheme("suining").model_dump() | {
        "sensitive": [{"name": "sex", "labels": {"f": "female", "m": "male"}}, {"name": "minority"}],
        "situations": [],
        "audit": {},
    }
    document["indicators"] = [
        {**each, "nature": "conduct"} if each["name"] == "district" else each
        for each in document["indicators"]
    ]
    needed = {"audit": {"lawful_basis": "Regulation (EU) 2016/679, Article 6(1)(e)"}}
    document["basis"] |= {"kind": kind, **needed.get(kind, {}), **basis}
    return Scheme.model_validate(document)


@pytest.fixture(scope="module")
def people(office):
    """A table of one period and one before it: everybody has two rows but the first."""
    frame = pd.read_parquet(office / "table.parquet")
    last = sorted(frame["quarter"].unique())[-2:]
    frame = frame[frame["quarter"].isin(last)].groupby("quarter").head(60)
    return frame.assign(sex=frame["sex"].map({"female": "f", "male": "m"}).fillna(frame["sex"]))


@pytest.mark.parametrize("epsilon", [0.25, 1.0, 2.0])
def test_noise_is_two_sided_geometric(epsilon):
    """P(0) = (1 - a) / (1 + a), P(|x| > 2) and the mean of |x|, within five binomial standard errors."""
    noise = noised(np.zeros(DRAWS, dtype=int), epsilon)
    a = math.exp(-epsilon)
    for share, p in (
        ((noise == 0).mean(), (1 - a) / (1 + a)),
        ((np.abs(noise) > 2).mean(), 2 * a**3 / (1 + a)),
        ((noise > 0).mean(), a / (1 + a)),
    ):
        assert abs(share - p) < 5 * math.sqrt(p * (1 - p) / DRAWS)
    spread = math.sqrt(2 * a / (1 - a) ** 2 - expected_error(epsilon) ** 2)
    assert abs(np.abs(noise).mean() - expected_error(epsilon)) < 5 * spread / math.sqrt(DRAWS)


def test_neighbours_differ_by_no_more_than_epsilon_in_every_outcome():
    """The loss of one person's presence, measured: log ratios of the shares of every frequent outcome."""
    epsilon = 1.0
    without, with_one = noised(np.full(DRAWS, 3), epsilon), noised(np.full(DRAWS, 4), epsilon)
    for outcome in range(1, 7):
        p, q = (without == outcome).mean(), (with_one == outcome).mean()
        error = math.sqrt((1 - p) / (p * DRAWS) + (1 - q) / (q * DRAWS))
        assert abs(math.log(p / q)) < epsilon + 5 * error


def test_one_person_changes_one_count_of_each_table_by_one(people):
    """Brute force: take every single person out, with all their rows."""
    whole = scheme()
    dataset = read_table(people, whole, key=b"k" * 32)
    before, left_out = group_counts(dataset, whole)
    assert set(before) == {"sex", "minority"}
    assert left_out == ()
    for person in np.unique(dataset.subject):
        after, _ = group_counts(dataset.take(dataset.subject != person), whole)
        for name, groups in before.items():
            changes = [np.abs(groups[g] - after[name].get(g, np.zeros(4, dtype=int))).sum() for g in groups]
            assert sum(changes) == 1
    for groups in before.values():
        assert sum(int(each.sum()) for each in groups.values()) == len(np.unique(dataset.subject))


def test_groups_come_from_the_scheme_where_small_cells_are_closed(people):
    """That a value occurs at all may be one person's secret."""
    closed = scheme("audit")
    strange = people.assign(sex=["x", *people["sex"].iloc[1:]])
    counts, left_out = group_counts(read_table(strange, closed, key=b"k" * 32), closed)
    assert list(counts) == ["sex"]
    assert list(counts["sex"]) == ["female", "male", "unknown"]
    assert left_out == ("minority",)


def test_counts_shown_are_not_below_zero_and_shares_sum_to_one():
    for _ in range(20):
        table = private_table("sex", ["a", "b"], ["D", "C"], [[0, 1], [50, 20]], 0.2)
        for row in table.rows:
            assert min(row[1:4]) >= 0
            assert row[1] == row[2] + row[3]
            assert row[4:] == (None, None) if row[1] == 0 else sum(row[4:]) == pytest.approx(1)


@pytest.mark.parametrize("epsilon", [0.0, -1.0, math.nan, math.inf])
def test_an_epsilon_that_is_none_is_refused(epsilon):
    with pytest.raises(ScsError, match="epsilon"):
        noised([1], epsilon)


def test_losses_add_up_until_the_budget_is_spent(tmp_path):
    budget = Budget(tmp_path / "records")
    assert budget.spent("table") is None
    assert budget.spend("table", 0.6, 1.0).epsilon == 0.6
    assert budget.spend("other", 1.0, 1.0).epsilon == 1.0
    with pytest.raises(SafeguardError, match="does not hold") as refused:
        budget.spend("table", 0.5, 1.0)
    assert refused.value.rule == "privacy_budget"
    assert "0.4" in refused.value.remedy
    assert budget.spend("table", 0.4, 1.0).epsilon == pytest.approx(1.0)
    # A larger total that is declared later is not heard; a smaller one is.
    with pytest.raises(SafeguardError):
        budget.spend("table", 0.1, 10.0)
    budget.spend("third", 0.1, 1.0)
    with pytest.raises(SafeguardError):
        budget.spend("third", 0.2, 0.2)


def test_an_account_that_cannot_be_read_stops_publishing(tmp_path):
    (tmp_path / FILE).write_text('{"table": {"total": "much"}}', encoding="utf-8")
    with pytest.raises(ScsError, match="cannot be read"):
        Budget(tmp_path).spend("table", 0.1, 1.0)


@pytest.fixture
def recorder(tmp_path):
    records = open_records(tmp_path / "records", create=True, name="House")
    return Recorder(records, lambda: "2026-01-01T00:00:00+00:00")


def test_publishing_writes_accounts_and_logs(people, recorder, tmp_path):
    table = tmp_path / "table.parquet"
    people.to_parquet(table)
    done = publish_table(
        scheme("audit"), table, tmp_path / "out", epsilon=0.8, key=b"k" * 32, recorder=recorder
    )
    record = json.loads((tmp_path / "out" / "private_tables.json").read_text(encoding="utf-8"))
    assert record == json.loads(json.dumps(done.as_record()))
    assert record["budget"] == {"spent": 0.8, "total": 1.0}
    assert record["expected absolute error of a count"] == expected_error(0.8)
    page = (tmp_path / "out" / "private_tables.md").read_text(encoding="utf-8")
    assert "epsilon 0.8 in all" in page
    assert "Not published, as the scheme does not name their groups: minority" in page
    entries = [entry for entry in recorder.records.log.entries() if entry.action == "publish"]
    assert [entry.body["epsilon"] for entry in entries] == [0.8]
    # The same table under another name of the scheme, or of the file, has the same budget.
    other = tmp_path / "other.parquet"
    people.to_parquet(other)
    renamed = scheme("audit", declared={"privacy_budget": "5"})
    with pytest.raises(SafeguardError) as refused:
        publish_table(renamed, other, tmp_path / "more", epsilon=0.3, key=b"k" * 32, recorder=recorder)
    assert refused.value.rule == "privacy_budget"
    assert not (tmp_path / "more").exists()


def test_real_people_are_not_published_without_an_account(people, tmp_path):
    with pytest.raises(ScsError, match="accounted for in the records"):
        publish_table(scheme("audit"), tmp_path / "none.parquet", tmp_path / "out")


@pytest.mark.parametrize("declared", ["much", "0", "-1", "inf", "nan"])
def test_a_declared_budget_is_a_number_above_zero(declared, recorder, tmp_path):
    told = scheme("audit", declared={"privacy_budget": declared})
    with pytest.raises(ScsError, match="privacy budget"):
        publish_table(told, tmp_path / "none.parquet", tmp_path / "out", recorder=recorder)
