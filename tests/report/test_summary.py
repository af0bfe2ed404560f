from __future__ import annotations

from dataclasses import replace

import pytest

from scs_ml.audit import CHECKS
from scs_ml.report import audit_record, words
from scs_ml.report.facts import forecast_facts, provenance
from scs_ml.report.findings import folded_differences, folded_mechanisms, mechanism_cards, tiles
from scs_ml.report.summary import audited_text, summary_of
from scs_ml.worlds import MECHANISMS


def text_of(report, *findings):
    record = audit_record(replace(report, findings=findings))
    return {each.lead: each.text for each in summary_of(record)}


def test_a_flag_says_who_what_how_big_how_sure_and_what_next(record):
    first = summary_of(record)[0]

    assert first.lead == (
        "Illness is taken for misconduct (90%), or something the checks cannot name (10%), "
        "through disorder_reports."
    )
    assert first.text == (
        "Points wrongly taken: 0.29 standard deviations of the score lower for illness = yes than for "
        "illness = no (interval 0.23 to 0.35 lower). How sure: adjusted p below 0.001, corrected for the "
        "number of questions asked. Next: Look up the remaining reports & correct them <now>."
    )


def test_flags_of_one_mechanism_and_indicator_are_one_statement(report):
    flag = report.findings[0]
    others = [replace(flag, group=(("age_group", value),), reference=()) for value in ("old", "young", "old")]
    summary = text_of(report, flag, *others)

    assert len([lead for lead in summary if lead.startswith("Illness")]) == 1
    assert "Also for age_group = old; age_group = young." in next(iter(summary.values()))


def test_every_check_and_mechanism_has_a_name_in_words():
    assert set(CHECKS) <= set(words.CHECKS) | set(words.MECHANISMS)
    assert set(MECHANISMS) <= set(words.MECHANISMS)


def test_no_flag_clears_nothing(report):
    clear = replace(report.findings[0], verdict="clear", mechanisms=())
    summary = text_of(report, clear)
    assert "does not clear the score" in summary["No mechanism was flagged."]


def test_where_no_mechanism_was_looked_for_it_says_so(report):
    assert "No mechanism was looked for." in text_of(report, report.findings[1])
    assert "No mechanism was looked for." in text_of(report)


def test_differences_are_counted_and_not_called_wrongs(record):
    leads = {each.lead: each.text for each in summary_of(record)}
    text = leads["Groups differ beyond the floor in 1 of 4 comparisons."]

    assert text.startswith("They are minority = yes and sex = female.")
    assert text.endswith("A difference alone does not say that anyone is wronged.")


def test_what_could_not_be_told_is_counted_by_check(record):
    leads = {each.lead: each.text for each in summary_of(record)}
    assert leads["Could not be told: 1 of 5 questions."] == "Score and category (1 of 2)."
    assert leads["Not applicable: 1 of 5 questions."] == "Error rates (1 of 1)."


def test_recorded_breaches_are_named(record):
    assert any(each.lead == "Safeguards: 1 on record." for each in summary_of(record))


def test_a_flag_without_an_effect_still_names_its_group(report):
    bare = replace(report.findings[0], effect=None, p_adjusted=None)
    text = next(iter(text_of(report, bare).values()))
    assert text.startswith("Illness = yes. Next:")


@pytest.mark.parametrize(
    "origin, said",
    [
        ("forecaster", "forecasts of boosting;"),
        ("third party", "forecasts of a third-party model, boosting;"),
        ("existing score", "an existing score, boosting;"),
    ],
)
def test_it_says_what_was_audited(record, origin, said):
    record["forecast"]["origin"] = origin
    assert audited_text(record) == (f"Audited: {said} 10,000 rows; categories D, C, B, A (worst first).")


@pytest.mark.parametrize(
    "low, high, unit, said",
    [
        (-0.35, -0.23, "SD of the score", "interval 0.23 to 0.35 lower"),
        (0.1, 0.2, "log-odds", "interval 0.10 to 0.20 higher"),
        (-0.05, 0.2, "probability", "interval from 5.0 lower to 20.0 higher"),
        (0.0, 0.2, "SD of the score", "interval 0.00 to 0.20 higher"),
        (None, 0.2, "SD of the score", "no interval"),
    ],
)
def test_an_interval_is_said_without_signs(low, high, unit, said):
    assert words.interval_text({"low": low, "high": high, "unit": unit}) == said


def test_a_probability_is_said_in_percentage_points():
    assert words.size_text(-0.123, "probability") == "12.3 percentage points lower"
    assert words.in_unit(0.123, "probability") == pytest.approx(12.3)
    assert words.in_unit(0.123, "log-odds") == 0.123


@pytest.mark.parametrize(
    "value, text, cell",
    [
        (None, "–", "–"),
        (1_234, "1,234", "1,234"),
        (0.67, "0.67", "0.6700"),
        (160.0, "160", "160.0000"),
        (0.0, "0", "0.0000"),
        (-2.2e-16, "0", "0.0000"),
        (5e-14, "5e-14", "5e-14"),
        (2e6, "2e+06", "2e+06"),
        (True, "True", "True"),
        ("2015Q4", "2015Q4", "2015Q4"),
    ],
)
def test_numbers_are_shown_plainly(value, text, cell):
    assert words.number_text(value) == text
    assert words.cell_text(value) == cell


def test_an_unflagged_mechanism_is_a_question_and_a_flag_a_statement(record):
    flag = record["findings"][0]
    assert words.heading({**flag, "mechanisms": flag["mechanisms"][:1]}) == (
        "Illness is taken for misconduct: illness = yes, through disorder_reports"
    )
    unsure = {**flag, "mechanisms": [], "verdict": "cannot tell"}
    assert words.heading(unsure).startswith("Illness is taken for misconduct? illness = yes")
    assert words.heading(record["findings"][3]) == (
        "SHAP by indicator: sex = female, through traffic_violations, at C | B"
    )


def test_the_numbers_behind_a_finding(record):
    assert words.numbers_text(record["findings"][0]) == (
        "812 rows in the group, 9,188 in the reference; adjusted p below 0.001; held immaterial up to 0.05 "
        "(the floor); smallest effect found with 80 % power 0.08"
    )
    hidden = {
        **record["findings"][0],
        "n": {"group": None, "reference": 10},
        "effect": None,
        "p_adjusted": 0.03,
    }
    assert words.numbers_text(hidden) == ("numbers of rows not shown; adjusted p 0.030")


def test_an_unknown_check_is_named_by_its_slug():
    assert words.check_text("some_new_check") == "some new check"


def test_every_slug_of_the_contract_has_words():
    from scs_ml.report import audit_json_schema

    finding = audit_json_schema()["$defs"]["finding"]["properties"]
    assert set(words.MECHANISMS) == set(finding["mechanisms"]["items"]["properties"]["slug"]["enum"])


def test_tiles_count_every_finding_by_verdict(record):
    counted = {tile.label: tile.count for tile in tiles(record["findings"])}
    assert counted == {
        "mechanism flags": 1,
        "difference flags": 1,
        "could not be told": 1,
        "within the floor": 1,
        "not applicable": 1,
    }


def test_cards_are_for_what_asks_for_something(report):
    flag = report.findings[0]
    found = [replace(flag, verdict=v) for v in ("flag", "cannot tell", "clear", "clear", "not applicable")]
    findings = audit_record(replace(report, findings=tuple(found)))["findings"]

    assert [card.verdict for card in mechanism_cards(findings)] == ["flag", "cannot tell"]
    (folded,) = folded_mechanisms(findings)
    assert folded.title == "Neither flagged nor open (2 clear, 1 not applicable)"
    assert [row[0] for row in folded.table["rows"]] == ["clear", "clear", "not applicable"]
    assert len(folded.lines) == 2


def test_nothing_to_fold_is_no_block(report):
    findings = audit_record(replace(report, findings=report.findings[:1]))["findings"]
    assert folded_mechanisms(findings) == []
    assert folded_differences(findings) == []


def test_difference_tables_hold_every_comparison_and_no_empty_column(record):
    blocks = {block.table["title"]: block for block in folded_differences(record["findings"])}
    gaps = blocks["Score and category: all comparisons"]

    assert list(blocks) == [
        "Score and category: all comparisons",
        "SHAP by indicator: all comparisons",
        "Error rates: all comparisons",
    ]
    assert gaps.title.endswith("(1 flag, 1 cannot tell)")
    assert "indicator" not in gaps.table["columns"]
    row = dict(zip(gaps.table["columns"], gaps.table["rows"][0], strict=True))
    assert row["interval"] == "-0.5000 to -0.3000"
    assert row["rows"] == "3 against 900"
    assert "effect" not in blocks["Error rates: all comparisons"].table["columns"]


def test_facts_are_spelled_out_and_lists_left_to_the_tables(record):
    facts = dict(forecast_facts(record["forecast"]))
    assert facts["explained by"] == "path-dependent"
    assert facts["rows explained"] == "3,000"
    assert not any("leaderboard" in name or "fidelity" in name for name in facts)


def test_provenance_says_how_to_make_it_again(record):
    assert dict(provenance(record)) == {
        "format": "audit-1",
        "seed": "7",
        "fingerprint of dataset": "ab" * 32,
        "numpy": "2",
        "scs_ml": "0.1.0",
    }
