"""What a score would be without the indicators that must not be in it, worked out by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from scs_ml.data import read_table
from scs_ml.schemes import load_scheme
from scs_ml.workflow import withheld_effect

KEY = bytes(32)


def sesame_table():
    """Four people; points are 350 + 210 a + 150 b + 120 c + 90 d + 30 e, cut at 550, 600, 650 and 700."""
    return pd.DataFrame(
        {
            "person": ["p1", "p2", "p3", "p4"],
            "month": "2024-01",
            "agreed": True,
            "age": [40, 40, 40, 40],
            "sex": ["male", "male", "female", "female"],
            "registration": "local",
            "credit_history": [1.0, 0.0, 0.5, 1.0],
            "behaviour_and_preference": [0.0, 0.0, 0.0, 1.0],
            "ability_to_fulfil_obligations": [0.0, 0.0, 0.5, 1.0],
            "personal_characteristics": [0.0, 0.0, 0.0, 1.0],
            "interpersonal_relationships": [1.0, 0.5, 1.0, 0.0],
            "score": [590.0, 365.0, 545.0, 920.0],
        }
    )


def renamed(scheme, old, new):
    """The scheme with an indicator under another name."""
    indicators = [
        i.model_copy(update={"name": new, "column": old}) if i.name == old else i for i in scheme.indicators
    ]
    rules = [r.model_copy(update={"indicator": new}) if r.indicator == old else r for r in scheme.card.rules]
    card = scheme.card.model_copy(update={"rules": tuple(rules)})
    return scheme.model_copy(update={"indicators": tuple(indicators), "card": card})


def test_effect_of_the_friends_factor():
    scheme = load_scheme("sesame")
    table = sesame_table()
    # 590 - 30 = 560 stays fair (550 to 599); make p1 fall: 570 - 30 = 540 is poor.
    table.loc[0, ["credit_history", "score"]] = [190 / 210, 570.0]
    effect = withheld_effect(scheme, read_table(table, scheme, key=KEY))
    assert effect.title == "The score without interpersonal_relationships"
    assert effect.columns[:2] == ("group", "persons")
    rows = {row[0]: row[1:] for row in effect.rows}
    # p1 -30 and one category down; p2 -15; p3 -30 within poor; p4 had nothing to lose.
    assert rows["everybody"] == (4, 0.25, 0.0, pytest.approx(-18.75))
    assert rows["sex = male"] == (2, 0.5, 0.0, pytest.approx(-22.5))
    assert rows["sex = female"] == (2, 0.0, 0.0, pytest.approx(-15.0))


def test_indicator_refused_by_its_name_alone_counts_too():
    scheme = renamed(load_scheme("sesame"), "personal_characteristics", "marital_status")
    effect = withheld_effect(scheme, read_table(sesame_table(), scheme, key=KEY))
    assert effect.title == "The score without marital_status, interpersonal_relationships"
    # p4 also loses 90 points: 920 to 830, still excellent.
    assert effect.rows[0] == ("everybody", 4, 0.0, 0.0, pytest.approx(-(30 + 15 + 30 + 90) / 4))


def test_column_refused_by_its_name_is_found_behind_a_harmless_name():
    scheme = load_scheme("sesame")
    scheme = renamed(scheme, "personal_characteristics", "trust")
    hidden = [
        i.model_copy(update={"column": "religion"}) if i.name == "trust" else i for i in scheme.indicators
    ]
    scheme = scheme.model_copy(update={"indicators": tuple(hidden)})
    table = sesame_table().rename(columns={"personal_characteristics": "religion"})
    effect = withheld_effect(scheme, read_table(table, scheme, key=KEY))
    assert effect.title == "The score without trust, interpersonal_relationships"


def test_nothing_forbidden_on_the_card_gives_no_table(dataset, suining):
    # The district is forbidden, but the county's card gives it no points.
    assert withheld_effect(suining, dataset) is None


def test_no_card_gives_no_table(dataset, suining):
    assert withheld_effect(suining.model_copy(update={"card": None}), dataset) is None


def test_organizations_are_counted_as_organizations():
    scheme = load_scheme("sesame").model_copy(update={"subjects": "organizations"})
    effect = withheld_effect(scheme, read_table(sesame_table(), scheme, key=KEY))
    assert effect.columns[1] == "organizations"
