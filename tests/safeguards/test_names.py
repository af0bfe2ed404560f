"""Names: states of mind, health and relatives beside protected attributes, however they are written."""

from __future__ import annotations

import pytest

from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards import forbidden_word, gate_inputs, gate_training, protected_word
from tests.safeguards.test_inputs import REAL, gate_model, scheme

MIND, KIN, PROTECTED = "state_of_mind", "relatives", "forbidden_input"


@pytest.mark.parametrize(
    "name, rule",
    [
        *[
            (n, MIND)
            for n in ("mood", "stressLevel", "DEPRESSION_SCORE", "phobia2", "IQ", "personality_type")
        ],
        *[
            (n, MIND)
            for n in ("health_index", "sick_days", "diagnosis", "medication", "isPsychiatricPatient")
        ],
        *[(n, MIND) for n in ("state_of_mind", "state-of-mind", "hospital visits", "agoraphobic", "BMI")],
        *[
            (n, MIND)
            for n in ("настроение", "Депрессия", "диагнозы", "здоровье", "心理评分", "健康码", "抑郁")
        ],
        *[(n, MIND) for n in ("gesundheit", "krank_tage", "estado_de_animo", "salud", "santé")],
        *[
            (n, MIND)
            for n in ("psixoloji_hal", "sa\u011flaml\u0131q", "xəstəlik", "depressiya", "maladie", "Stimmung")
        ],
        *[(n, KIN) for n in ("mother_debts", "income_of_father", "parent_score", "SpouseRating", "friends")],
        *[(n, KIN) for n in ("household_income", "num_dependents", "siblings", "child_count", "family")],
        *[
            (n, KIN)
            for n in ("мать", "отца_доход", "родители", "Mutter", "hermanos", "ménage", "övlad", "父母")
        ],
        *[
            (n, PROTECTED)
            for n in ("пол", "национальность", "Geschlecht", "sexo", "nationalité", "milliyyət")
        ],
    ],
)
def test_what_a_name_says_is_found_with_its_rule(name, rule):
    assert forbidden_word(name)[1] == rule


@pytest.mark.parametrize(
    "name",
    [
        "r\u0430ce",  # a Cyrillic a
        "r\u0430\u0441\u0435",
        "\u0455\u0435\u0445",  # all Cyrillic
        "\u03b1ge",  # a Greek alpha
        "ge\u200bnder",  # zero width
        "ge\u00adnder",  # soft hyphen
        "ge\u3164nder",  # a filler
        "\u202egender",  # right to left
        "\uff47\uff45\uff4e\uff44\uff45\uff52",  # full width
        "\U0001d420\U0001d41e\U0001d427\U0001d41d\U0001d41e\U0001d42b",  # mathematical bold
        "g\u0435nd\u0435r",
        "ge\u0301nder",  # an accent
        "gEnDeR",
        "GeNdEr_2",
        "g_e_n_d_e_r",
        "gen_der",
        "g.e.n.d.e.r",
        "__gender__",
        "der__gender",
        "g3nd3r",
        "s3x",
        "r4ce",
        "\u0280ace",  # a small capital
        "x\u2028race",
    ],
)
def test_no_letter_case_or_sign_hides_a_word(name):
    assert protected_word(name)


@pytest.mark.parametrize(
    "hidden", ["m\u043e\u043ed", "m_o_o_d", "mo\u200bod", "M0od", "\uff4d\uff4f\uff4f\uff44"]
)
@pytest.mark.parametrize("kind", REAL)
def test_a_hidden_name_is_withheld_and_refused(kind, hidden):
    small = scheme(kind, {"name": hidden})
    assert gate_inputs(small).withheld == (hidden,)
    with pytest.raises(SafeguardError) as caught:
        gate_model(small, [hidden])
    assert caught.value.rule == MIND


@pytest.mark.parametrize(
    "name",
    [
        *("stress_test_result", "parent_company_rating", "child_support_debt", "childcare_debt", "skill"),
        *("bills", "illegal_parking", "person", "season", "relative_income", "friendly_settlement", "kind"),
        *("другой_долг", "кредит", "informant_reports", "charity_days", "low_income", "mindset", "kinetic"),
        *("wealth", "familiarity", "sonar", "motherboard", "feed", "remedy", "iqd_amount"),
    ],
)
def test_names_that_only_look_like_it_pass(name):
    assert forbidden_word(name) is None


def test_a_harmless_pair_does_not_cover_what_stands_beside_it():
    assert forbidden_word("stress_test_stress") == ("stress", MIND)
    assert forbidden_word("stress_test_of_mood") == ("mood", MIND)
    assert forbidden_word("child_support_by_mother") == ("mother", KIN)


# --- what a column is derived from ---


@pytest.mark.parametrize(
    "source, rule",
    [
        ({"name": "a1", "nature": "health"}, MIND),
        ({"name": "a1", "nature": "psychological"}, MIND),
        ({"name": "a1", "nature": "opinion"}, PROTECTED),
        ({"name": "a1", "concerns": "friends"}, KIN),
        ({"name": "a1", "forbidden": "it stands for where people live"}, PROTECTED),
        ({"name": "a1", "column": "phobias"}, MIND),
        ({"name": "a1", "column": "g"}, PROTECTED),
        ({"name": "a1", "input": False, "nature": "health"}, MIND),
    ],
)
@pytest.mark.parametrize("kind", REAL)
def test_a_column_derived_over_any_steps_is_what_its_source_is(kind, source, rule):
    small = scheme(
        kind,
        source,
        {"name": "b2", "derived_from": ["visits", "a1"]},
        {"name": "c3", "column": "other", "derived_from": ["b2"]},
        {"name": "d4", "derived_from": ["other"]},
    )
    gate = gate_inputs(small)
    assert gate.permitted == ("visits",)
    assert gate.forbidden == ("a1", "b2", "c3", "d4")
    with pytest.raises(SafeguardError, match="d4: it is derived from") as caught:
        gate_model(small, ["visits", "d4"])
    assert caught.value.rule == rule


def test_a_circle_of_derivations_ends():
    small = scheme(
        "benchmark", {"name": "a1", "derived_from": ["b2"]}, {"name": "b2", "derived_from": ["a1"]}
    )
    assert gate_inputs(small).permitted == ("visits", "a1", "b2")


def test_a_column_that_wide_makes_carries_what_its_parts_are_derived_from():
    wide = {"periods": ["p1", "p2"], "columns": {"points": ["s1", "s2"], "mild": ["m1", "m2"]}}
    small = scheme(
        "benchmark", {"name": "x1", "column": "mild"}, {"name": "y", "derived_from": ["mild"]}, wide=wide
    )
    assert gate_inputs(small).permitted == ("visits", "x1", "y")
    wide["columns"]["mild"] = ["m1", "depression"]
    small = scheme(
        "benchmark", {"name": "x1", "column": "mild"}, {"name": "y", "derived_from": ["mild"]}, wide=wide
    )
    assert gate_inputs(small).permitted == ("visits",)
    with pytest.raises(SafeguardError) as caught:
        gate_training(small, ["y"])
    assert caught.value.rule == MIND
