"""Every exit, driven on each of the four bases, does what the table of exits says."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml

from scs_ml.exceptions import SafeguardError
from scs_ml.explain import person_view
from scs_ml.safeguards import EXITS, OPENS, new_key, state_of
from scs_ml.schemes import Scheme, load_scheme
from scs_ml.storage import load_bundle
from scs_ml.workflow import forecast_table

PEOPLE, PERIODS = 90, 4
LABELS = ("low", "middle", "high")


def document(kind):
    needed = {
        "agreed": {"agreement_column": "agrees", "birth_column": "years", "publication_column": "publishes"},
        "audit": {"lawful_basis": "Regulation (EU) 2016/679, Article 6(1)(e)"},
    }
    return {
        "format": 1,
        "name": f"tiny_{kind}",
        "title": "Tiny",
        "citation": "made for a test",
        "scale": {"categories": list(LABELS)},
        "basis": {"kind": kind, "purpose": "test", "context": "finance", "contact": "office"}
        | needed.get(kind, {}),
        "roles": {"subject": "person", "period": "year", "category": "grade"},
        "horizon": 1,
        "indicators": [
            {
                "name": name,
                "kind": "direct",
                "source": "administrative",
                "database": "ledger of the office",
                "context": "finance",
                "concerns": "subject",
                "nature": "conduct",
                "dtype": "number",
            }
            for name in ("debts", "payments")
        ],
        "sensitive": [{"name": "sex", "labels": {"f": "female", "m": "male"}, "reference": "male"}],
    }


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A folder with a key, a table and, on every basis, a scheme and a bundle."""
    folder = tmp_path_factory.mktemp("house")
    new_key(folder / "scs_ml.key")
    rng = np.random.default_rng(5)
    ability = rng.normal(size=PEOPLE)
    parts = []
    for year in range(2019, 2019 + PERIODS):
        value = ability + rng.normal(scale=0.5, size=PEOPLE)
        grade = np.digitize(value, (-1.2, 0.3))
        # Three women are alone in the lowest category, in every period.
        woman = np.arange(PEOPLE) % 3 == 0
        grade[woman & (grade == 0)] = 1
        grade[[0, 3, 6]] = 0
        parts.append(
            pd.DataFrame(
                {
                    "person": [f"name-{i}" for i in range(PEOPLE)],
                    "year": year,
                    "grade": np.array(LABELS)[grade],
                    "debts": np.round(5 - 2 * value, 3),
                    "payments": np.round(value + rng.normal(size=PEOPLE), 3),
                    "sex": np.where(woman, "f", "m"),
                    "years": 40,
                    "agrees": "yes",
                    "publishes": np.where(np.arange(PEOPLE) % 2 == 0, "yes", "no"),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    table.to_csv(folder / "table.csv", index=False)
    events = table.loc[table["year"] == table["year"].max(), ["person", "year"]]
    events = events.set_axis(["subject", "period"], axis=1).assign(
        rule="late", indicator="debts", points=-1.0
    )
    events.assign(event=[f"e{at}" for at in range(PEOPLE)]).to_csv(folder / "events.csv", index=False)
    for kind in OPENS:
        (folder / f"{kind}.yaml").write_text(yaml.safe_dump(document(kind)), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def drive(house, run):
    def drive(*words):
        return run(*words, "--records", house / "records", cwd=house)

    return drive


@pytest.fixture(scope="module")
def bundles(house, drive):
    """What `train` said on every basis."""
    return {
        kind: drive("train", f"{kind}.yaml", "table.csv", "--family", "logit", "-o", house / f"bundle-{kind}")
        for kind in OPENS
    }


def exit_of(command, what):
    return next(each for each in EXITS if each.command == command and what in each.what)


def closed(done):
    return done.code == 3 and "does not open" in done.err


@pytest.mark.parametrize("kind", OPENS)
def test_training_forecasts_and_explanations(kind, house, drive, bundles):
    assert closed(bundles[kind]) == (state_of(exit_of("train", "bundle"), kind) == "closed")
    if closed(bundles[kind]):
        # A bundle of another basis, under this scheme, forecasts nothing either.
        made = load_bundle(house / "bundle-benchmark")
        scheme = load_scheme(house / f"{kind}.yaml")
        with pytest.raises(SafeguardError, match="does not open person export"):
            forecast_table(replace(made, scheme=scheme), None)
        with pytest.raises(SafeguardError, match="does not open person views"):
            person_view(None, None, None, scheme, 0)
        return
    bundle, out = house / f"bundle-{kind}", house / f"forecasts-{kind}.csv"
    done = drive("forecast", bundle, "table.csv", "-o", out)
    state = state_of(exit_of("forecast", "forecasts"), kind)
    assert closed(done) == (state == "closed"), done.err
    assert out.exists() == (state == "open")
    if out.exists():
        forecasts = pd.read_csv(out)
        assert forecasts["subject"].is_monotonic_increasing
        assert len(forecasts) == PEOPLE  # back to the office: no consent to publication is asked for
        assert not forecasts["category"].eq(sorted(forecasts["category"])).all()
    person = pd.read_csv(out)["subject"][0] if out.exists() else "0" * 16
    told = drive("explain", bundle, "table.csv", "--person", person)
    assert closed(told) == (state_of(exit_of("explain", "--person"), kind) == "closed"), told.err
    by_group = drive("explain", bundle, "table.csv", "--by", "sex")
    assert by_group.code == 0, by_group.err
    sheet = drive("sheet", bundle, "table.csv", "--all", "-o", house / f"sheets-{kind}")
    assert (sheet.code == 3) == (state_of(exit_of("sheet", "sheets"), kind) == "closed"), sheet.err
    if sheet.code == 0:
        assert len(list((house / f"sheets-{kind}").glob("*.html"))) >= PEOPLE


def lowest_of_women(text):
    """Whether the three women of the lowest category can be read anywhere as a count of a table's row."""
    return re.search(rf"sex = female\W+{PEOPLE // 3}\W+3\W", text) is not None


@pytest.mark.parametrize("kind", OPENS)
def test_an_audit_and_its_pages(kind, house, drive):
    out = house / f"run-{kind}"
    done = drive("audit", f"{kind}.yaml", "table.csv", "-o", out)
    assert done.code == 0, done.err
    record = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    groups = state_of(exit_of("audit", "report.html, card.md"), kind)
    (women,) = (
        row
        for table in record["tables"]
        if table["name"] == "categories"
        for row in table["rows"]
        if row[0] == "sex = female"
    )
    assert women[1:5] == ([PEOPLE // 3, 3, *women[3:5]] if groups == "open" else [None] * 4)
    (men,) = (
        row
        for table in record["tables"]
        if table["name"] == "categories"
        for row in table["rows"]
        if row[0] == "sex = male"
    )
    assert (None in men[1:5]) == (groups == "suppressed")  # everybody less the men would be the women
    for name in ("report.html", "card.md"):
        page = (out / name).read_text(encoding="utf-8")
        assert lowest_of_women(re.sub(r"<[^>]*>", " ", page)) <= (groups == "open")
    persons = state_of(exit_of("audit", "report.html: persons"), kind)
    assert bool(record["persons"]) == (persons != "closed")
    gates = [gate for gate in record["safeguards"] if gate["rule"] == "publication"]
    assert [gate["rows"] for gate in gates] == ([PEOPLE // 2] if persons == "consent" else [])
    # The pages drawn again are the pages.
    before = (out / "report.html").read_bytes()
    assert drive("report", out).code == 0
    assert before == (out / "report.html").read_bytes()
    assert not (out / "verification_plan.csv").exists()


@pytest.mark.parametrize("kind", OPENS)
def test_a_backtest_and_its_tables(kind, house, drive):
    out = house / f"board-{kind}"
    words = ("--family", "logit", "--folds", "1", "-o", out)
    done = drive("leaderboard", f"{kind}.yaml", "table.csv", *words)
    state = state_of(exit_of("leaderboard", "leaderboard.json"), kind)
    assert closed(done) == (state == "closed")
    assert closed(done) or done.code == 0, done.err
    assert out.exists() == (state != "closed")
    if state == "suppressed":
        rows = [row for path in out.glob("*.csv") for row in pd.read_csv(path).to_dict("records")]
        assert rows
        assert not any(0 < row.get("rows", 0) < 5 for row in rows)


@pytest.mark.parametrize("kind", OPENS)
def test_cases_to_look_up(kind, house, drive):
    """Where they are not closed, the audit is run, and has nothing here that a look-up would settle."""
    out = house / f"plan-{kind}.csv"
    done = drive("verify", "plan", f"{kind}.yaml", "table.csv", "--ledger", "events.csv", "-o", out, "--json")
    state = state_of(exit_of("verify plan", "plan.csv"), kind)
    told = (3, "does not open verification pages") if state == "closed" else (2, "no look-up would settle")
    assert (done.code, told[1] in done.record["what"]) == (told[0], True)
    assert not out.exists()


@pytest.mark.parametrize("kind", OPENS)
def test_tables_on_the_terminal(kind, drive):
    state = state_of(exit_of("check", "counts"), kind)
    shown = drive("check", f"{kind}.yaml", "table.csv", "--json")
    assert shown.code == 0, shown.err
    scale = drive("society", f"{kind}.yaml", "table.csv", "--by", "sex", "--json")
    assert scale.code == 0, scale.err
    rows = [row for table in scale.record["tables"] if table["name"] == "society" for row in table["rows"]]
    counts = [row[2:4] for row in rows]
    if state == "suppressed":
        assert not any(0 < each < 5 for pair in counts for each in pair if each is not None)
    assert len(counts) == 2 * PERIODS


@pytest.mark.parametrize("kind", OPENS)
def test_published_tables_hold_noise_on_every_basis(kind, house, drive):
    out = house / f"published-{kind}"
    table = house / f"table-{kind}.csv"  # a budget of its own
    frame = pd.read_csv(house / "table.csv")
    frame.assign(payments=frame["payments"] + list(OPENS).index(kind) / 100).to_csv(table, index=False)
    done = drive("publish", f"{kind}.yaml", table, "--epsilon", "0.7", "-o", out, "--json")
    assert done.code == 0, done.err + done.out
    assert state_of(exit_of("publish", "private"), kind) == "noise"
    assert done.record["epsilon"] == 0.7
    assert done.record["budget"] == {"spent": 0.7, "total": 1.0}
    again = drive("publish", f"{kind}.yaml", table, "--epsilon", "0.7", "-o", house / "again", "--json")
    assert (again.code, again.record["rule"]) == (3, "privacy_budget")
    assert not (house / "again").exists()
    shutil.rmtree(out)


@pytest.mark.parametrize("kind", OPENS)
def test_only_those_who_consent_are_published(kind, house, drive):
    """Under `agreed` half of the people consent; of the others nothing is in the run folder."""
    from scs_ml.data import read_table
    from scs_ml.safeguards import load_key, may_publish

    scheme = load_scheme(house / f"{kind}.yaml")
    dataset = read_table(house / "table.csv", scheme, key=load_key(house / "scs_ml.key"))
    consents = may_publish(scheme, dataset)
    expected = {"synthetic": PEOPLE, "agreed": PEOPLE // 2, "benchmark": 0, "audit": 0}
    assert len(consents) == expected[kind]
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((house / f"run-{kind}").iterdir()))
    assert not any(person in text for person in set(dataset.subject) - consents)


def test_without_the_column_nobody_consents(house):
    from scs_ml.data import read_table
    from scs_ml.safeguards import gate_publication, may_publish

    told = document("agreed")
    del told["basis"]["publication_column"]
    scheme = Scheme.model_validate(told)
    frame = pd.read_csv(house / "table.csv")
    dataset = read_table(frame, scheme, key=b"k" * 32)
    assert may_publish(scheme, dataset) == frozenset()
    (record,) = gate_publication(scheme, dataset)
    assert (record.rule, record.outcome, record.rows) == ("publication", "left out", PEOPLE)
    with pytest.raises(SafeguardError, match="consent to publication") as refused:
        read_table(frame.drop(columns="publishes"), Scheme.model_validate(document("agreed")), key=b"k" * 32)
    assert refused.value.rule == "publication"


def test_the_latest_row_says_who_consents(house):
    from scs_ml.data import read_table
    from scs_ml.safeguards import may_publish

    frame = pd.read_csv(house / "table.csv")
    frame["publishes"] = np.where(frame["year"] == 2022, "no", "yes")
    scheme = Scheme.model_validate(document("agreed"))
    assert may_publish(scheme, read_table(frame, scheme, key=b"k" * 32)) == frozenset()
