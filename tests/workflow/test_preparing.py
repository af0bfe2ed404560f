"""Before every training and forecast of real people: events of situations out, hearsay weighed."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from scs_ml.core import AuditCase, Forecast
from scs_ml.data import read_ledger, read_table
from scs_ml.exceptions import SafeguardError, ScsError
from scs_ml.report import audit_record, report_html
from scs_ml.safeguards import PUBLIC_KEY
from scs_ml.schemes import Scheme, load_scheme
from scs_ml.storage import load_bundle, new_signer, save_bundle
from scs_ml.workflow import (
    audit,
    bundle_metadata,
    case_of_existing_score,
    case_of_forecaster,
    evaluate,
    explain_table,
    forecast_table,
    informant_influence,
    prepare,
    read_case,
    situation_effect,
    train,
)
from scs_ml.workflow.reading import Source
from scs_ml.worlds import WorldSettings, save_world, simulate

SETTINGS = {"n_people": 600, "n_periods": 6, "seed": 5, "disaster_rate": 0.06}


def on_basis(kind):
    """Suining's scheme as if its people were real, every other domain declared."""
    document = load_scheme("suining").model_dump()
    contexts = {i["context"] for i in document["indicators"]}
    extra = {"agreement_column": "agreed", "birth_column": "age"} if kind == "agreed" else {}
    if kind != "synthetic":
        document["basis"] |= {"kind": kind, "other_contexts": dict.fromkeys(contexts, "needed for this test")}
        document["basis"] |= extra
    return Scheme.model_validate(document)


@pytest.fixture(scope="module")
def world():
    return simulate(WorldSettings(**SETTINGS))


@pytest.fixture(scope="module")
def office(world, tmp_path_factory):
    """The world's office, in which everybody agreed and is of age."""
    folder = save_world(world, tmp_path_factory.mktemp("office") / "w") / "office"
    world.table.assign(agreed="yes", age=40).to_parquet(folder / "table.parquet")
    return folder


@pytest.fixture(scope="module")
def agreed():
    return on_basis("agreed")


@pytest.fixture(scope="module")
def dataset(office, agreed):
    return read_table(office / "table.parquet", agreed, key=PUBLIC_KEY)


@pytest.fixture(scope="module")
def ledger(office, agreed, dataset):
    return read_ledger(office / "ledger.parquet", agreed, dataset, key=PUBLIC_KEY)


@pytest.fixture(scope="module")
def net(dataset, ledger, agreed):
    return train(dataset, agreed, ledger=ledger, families=("logit",))


@pytest.fixture(scope="module")
def bare(dataset, agreed):
    return train(dataset, agreed, families=("logit",))


@pytest.fixture(scope="module")
def bundles(net, bare, agreed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    signer = new_signer(folder / "house.key", "test house")
    return {
        name: save_bundle(
            each.forecaster, agreed, folder / name, seed=0, metadata=bundle_metadata(each), signer=signer
        )
        for name, each in (("net", net), ("bare", bare))
    }


def keys(dataset, mask=None):
    rows = np.ones(len(dataset), dtype=bool) if mask is None else mask
    return set(zip(dataset.subject[rows], dataset.period[rows], strict=True))


def rules(dataset, outcome):
    return {gate.rule for gate in dataset.gates if gate.outcome == outcome}


def test_with_a_ledger_everybody_is_learned_from_net(net, dataset, ledger, agreed):
    prepared = prepare(dataset, agreed, ledger)
    assert not prepared.doubtful.any()
    assert net.net
    assert {"situation", "hearsay"} <= rules(net.splits.test, "left out")
    learned, recorded = net.splits.train.X, dataset.X.iloc[: len(net.splits.train)]
    assert (learned["traffic_violations"] <= recorded["traffic_violations"].to_numpy()).all()
    assert learned["informant_reports"].sum() < recorded["informant_reports"].sum()
    flagged = prepared.ledger.events["situation"].eq("disaster")
    assert ledger.events["situation"].eq("disaster").any()
    assert not flagged.any()


def test_without_a_ledger_the_doubtful_are_not_learned_from(bare, dataset, agreed):
    prepared = prepare(dataset, agreed)
    assert 0 < prepared.doubtful.sum() < len(dataset)
    doubtful = keys(dataset, prepared.doubtful)
    for part in (bare.splits.train, bare.splits.calibration, *(learn for learn, _ in bare.splits.folds)):
        assert not keys(part) & doubtful
    assert keys(bare.splits.test) & doubtful, "they are forecast, and a person decides"
    assert not bare.net
    assert "informant_reports" not in bare.splits.train.X, "nobody says how many informants there are"
    assert ("situation" in rules(bare.splits.test, "left out")) and (
        "hearsay" in rules(bare.splits.test, "refused")
    )


def test_where_everybody_is_doubtful_nothing_can_be_learned(dataset, agreed):
    all_of_them = dataset.situations.assign(disaster=True)
    with pytest.raises(ScsError, match="every row to learn from"):
        train(replace(dataset, situations=all_of_them), agreed, families=("logit",))


def test_a_world_learns_from_everything(office):
    scheme = load_scheme("suining")
    data = read_table(office / "table.parquet", scheme)
    events = read_ledger(office / "ledger.parquet", scheme, data)
    for given in (None, events):
        prepared = prepare(data, scheme, given)
        assert prepared.dataset.X.equals(data.X)
        assert prepared.ledger is given
        assert {"situation", "hearsay"} <= rules(prepared.dataset, "recorded")
        assert not prepared.doubtful.any()
    # A ledger that is given later answers what could not be answered without one.
    told = prepare(prepare(data, scheme).dataset, scheme, events).dataset
    (situation,) = (gate for gate in told.gates if gate.rule == "situation")
    assert situation.detail.endswith("they count against people")
    quiet = replace(events, events=events.events[events.events["situation"].isna()])
    calm = replace(data, situations=data.situations.assign(disaster=False))
    (situation,) = (gate for gate in prepare(calm, scheme, quiet).dataset.gates if gate.rule == "situation")
    assert (situation.outcome, situation.rows) == ("kept", 0)


def test_forecasts_of_the_doubtful_are_left_to_a_person(bundles, dataset, agreed):
    bundle = load_bundle(bundles["bare"])
    forecasts = forecast_table(bundle, dataset)
    doubts = prepare(dataset, agreed).doubts(dataset)
    last = dataset.period == dataset.period.max()
    expected = dict(zip(dataset.subject[last], doubts[last], strict=True))
    said = forecasts["why"].str.contains("no ledger tells which").to_numpy()
    assert said.tolist() == [expected[who] for who in forecasts["subject"]]
    assert said.any()
    assert forecasts["person_decides"][said].all()


def test_a_scheme_without_thresholds_leaves_the_doubtful_to_a_person_too(bundles, dataset, agreed):
    bundle = load_bundle(bundles["bare"])
    lax = replace(bundle, scheme=agreed.model_copy(update={"person_decides": None}))
    forecasts = forecast_table(lax, dataset)
    assert 0 < forecasts["person_decides"].sum() < len(forecasts)


def test_a_bundle_forecasts_as_it_learned(bundles, dataset, ledger, office):
    net, bare = (load_bundle(bundles[name]) for name in ("net", "bare"))
    assert net.manifest["metadata"]["net_of_situations"] is True
    forecasts = forecast_table(net, dataset, ledger=ledger)
    assert len(forecasts) == (dataset.period == dataset.period.max()).sum()
    assert not forecasts["why"].str.contains("no ledger").any()
    with pytest.raises(SafeguardError, match="learned without the events") as refused:
        forecast_table(net, dataset)
    assert refused.value.rule == "situation"
    with pytest.raises(SafeguardError):
        explain_table(bundles["net"], office / "table.parquet", key=PUBLIC_KEY)
    told = explain_table(
        bundles["net"], office / "table.parquet", ledger=office / "ledger.parquet", key=PUBLIC_KEY, limit=50
    )
    assert told.tables
    with pytest.raises(ScsError, match="learned without a ledger"):
        forecast_table(bare, dataset, ledger=ledger)


def test_an_audit_of_a_bundle_does_the_same_and_shows_both(bundles, office, agreed):
    files = {"table": office / "table.parquet", "key": PUBLIC_KEY, "ledger": office / "ledger.parquet"}
    case, _ = read_case(Source(agreed, bundle=bundles["net"], **files))
    assert not case.ledger.events["situation"].eq("disaster").any()
    assert case.recorded.subject.tolist() == case.dataset.subject.tolist()
    table = situation_effect(case)
    everybody = dict(zip(table.columns, table.rows[0], strict=True))
    concerned = (case.recorded.X != case.dataset.X).any(axis=1).sum()
    assert 0 < everybody["with such events"] == concerned
    without, _ = read_case(Source(agreed, bundle=bundles["bare"], **files))
    assert without.forecast.abstains.any()
    assert without.ledger.events["situation"].eq("disaster").any(), "the checks see the whole ledger"


def test_a_forecaster_of_real_people_is_not_audited_on_rows_that_nobody_prepared(bare, dataset, agreed, net):
    unprepared = dataset.take(dataset.period == 3)
    unprepared = replace(unprepared, X=net.splits.test.X.iloc[: len(unprepared)])
    with pytest.raises(SafeguardError) as refused:
        case_of_forecaster(net.forecaster, unprepared, agreed, max_explained=20)
    assert refused.value.rule == "hearsay"
    quiet = replace(unprepared, X=unprepared.X.drop(columns="informant_reports"))
    with pytest.raises(SafeguardError) as refused:
        case_of_forecaster(bare.forecaster, quiet, agreed, max_explained=20)
    assert refused.value.rule == "situation"


def test_an_evaluation_leaves_the_doubtful_out_of_what_it_learns_from(dataset, ledger, agreed):
    evaluation = evaluate(dataset, agreed, families=("logit",), n_folds=1)
    (splits,) = (each for each in evaluation.tables if each.name == "splits")
    learned = dict(zip(splits.columns, splits.rows[0], strict=True))["rows"]
    prepared = prepare(dataset, agreed)
    before = dataset.period < dataset.period.max() - 1
    assert learned == (before & ~prepared.doubtful).sum()
    net = evaluate(dataset, agreed, ledger=ledger, families=("logit",), n_folds=1)
    (splits,) = (each for each in net.tables if each.name == "splits")
    assert dict(zip(splits.columns, splits.rows[0], strict=True))["rows"] == before.sum()


@pytest.fixture(scope="module")
def existing(office):
    scheme = load_scheme("suining")
    data = read_table(office / "table.parquet", scheme)
    return case_of_existing_score(
        data, scheme, ledger=read_ledger(office / "ledger.parquet", scheme, data), max_explained=50
    )


def test_an_existing_score_with_and_without(existing):
    assert {"situation", "hearsay"} <= rules(existing.dataset, "recorded")
    table = situation_effect(existing)
    rows = {row[0]: row for row in table.rows}
    events = existing.ledger.events
    events = events[events["situation"].eq("disaster") | _in_disaster(existing, events)]
    now = int(existing.dataset.period[0])
    events = events[(events["period"] > now - 8) & (events["period"] <= now)]
    people = existing.dataset.subject
    assert rows["everybody"][1:3] == (len(people), np.isin(people, events["subject"].unique()).sum())
    # The table's score is the card's, so the mean change is the points of the flagged events.
    points = events.groupby("subject")["points"].sum().reindex(people).fillna(0).to_numpy()
    concerned = np.isin(people, events["subject"].unique())
    free = concerned & (existing.dataset.score > 0)
    assert free.sum() == concerned.sum(), "nobody's score is cut off at zero here"
    assert rows["everybody"][5] == pytest.approx(-points[concerned].mean())
    assert 0 <= rows["everybody"][4] <= rows["everybody"][3] <= 1
    groups = [row for name, row in rows.items() if name.startswith("minority")]
    assert sum(row[2] for row in groups) == rows["everybody"][2]


def _in_disaster(case, events):
    held = case.dataset.situations["disaster"].to_numpy()
    return events["subject"].isin(case.dataset.subject[held]) & (events["period"] == case.dataset.period[0])


def test_the_report_shows_both_tables_and_says_what_was_recorded(existing):
    report = audit(existing)
    page = report_html(audit_record(report))
    for title in (
        "Forecast with and without events of disasters",
        "Influence of one informant on one person",
    ):
        assert title in page
    rules = {gate.rule for gate in report.safeguards if gate.outcome == "recorded"}
    assert {"hearsay", "situation"} <= rules
    assert "they count against people" in page


def test_nothing_to_show_without_a_ledger_such_events_or_a_card(existing):
    assert situation_effect(replace(existing, ledger=None)) is None
    calm = existing.ledger.events.assign(situation=None)
    data = replace(existing.dataset, situations=existing.dataset.situations.assign(disaster=False))
    assert (
        situation_effect(replace(existing, dataset=data, ledger=replace(existing.ledger, events=calm)))
        is None
    )
    no_card = existing.scheme.model_copy(update={"card": None})
    assert situation_effect(replace(existing, scheme=no_card)) is None


def test_a_forecaster_of_a_world_is_asked_again(existing):
    def predict_proba(X):
        low = (X["traffic_violations"].to_numpy() > 0).astype(float)
        return np.column_stack([low, 0 * low, 0 * low, 1 - low])

    case = AuditCase(
        existing.scheme,
        existing.dataset,
        Forecast(existing.forecast.categories, existing.forecast.score, "forecaster", "by hand"),
        None,
        SimpleNamespace(predict_proba=predict_proba),
        ledger=existing.ledger,
    )
    table = situation_effect(case)
    everybody = dict(zip(table.columns, table.rows[0], strict=True))
    assert everybody["share changing category without them"] == everybody["share rising"] > 0
    assert everybody["mean change (expected category)"] == pytest.approx(3 * everybody["share rising"])


def test_influence_of_one_informant(existing):
    table = informant_influence(existing)
    (row,) = (dict(zip(table.columns, each, strict=True)) for each in table.rows)
    reports = existing.ledger.events
    now = int(existing.dataset.period[0])
    reports = reports[
        reports["informant"].notna() & (reports["period"] > now - 8) & (reports["period"] <= now)
    ]
    by_person = reports.groupby("subject")["informant"]
    assert row["persons of whom informants speak"] == by_person.ngroups
    assert row["of them by fewer than 3"] == (by_person.nunique() < 3).sum()
    assert (
        row["most points from one, recorded"] == 25 * reports.groupby(["subject", "informant"]).size().max()
    )
    assert row["most points from one, bounded"] <= row["most points from one, recorded"]
    assert row["largest share of one, recorded"] == 1
    assert row["largest share of one, bounded"] <= 1 / 3 + 1e-9
    assert row["nothing left without one of them"] == (by_person.nunique() == 3).sum()
    assert informant_influence(replace(existing, ledger=None)) is None
    unsigned = replace(existing.ledger, events=existing.ledger.events.assign(informant=None))
    assert informant_influence(replace(existing, ledger=unsigned)) is None
