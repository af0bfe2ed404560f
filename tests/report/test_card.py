from __future__ import annotations

import re

import pytest

from scs_ml.report import card_markdown
from tests.report.hostile import ATTACKS, spoil

SECTIONS = [
    "## Intended use",
    "## Data",
    "## Forecast and explanation",
    "## Findings",
    "### Mechanisms flagged",
    "### Differences flagged",
    "## Safeguards",
    "## Provenance",
]


def test_it_has_its_sections_in_order(record):
    headings = [line for line in card_markdown(record).splitlines() if line.startswith("#")]
    assert headings == ["# Model card: Suining county pilot, mass credit grades A to D", *SECTIONS]


def test_it_ends_with_one_newline_and_leaves_no_blank_part(record):
    card = card_markdown(record)
    assert card.endswith("- scs_ml: 0.1.0\n")
    assert "\n\n\n" not in card


def test_flags_come_with_their_effect_and_next_step(record):
    card = card_markdown(record)
    assert (
        "- **Illness is taken for misconduct (90%), or something the checks cannot name (10%): illness = "
        "yes, through disorder_reports.** points wrongly taken: 0.29 standard deviations" in card
    )
    assert "Look up the remaining reports &amp; correct them &lt;now>." in card


def test_differences_are_counted_per_check_and_only_flags_listed(record):
    card = card_markdown(record)
    assert "- **Score and category** (1 flag, 1 cannot tell)\n  - minority = yes and sex = female;" in card
    assert "sex = male; mean" not in card


def test_a_flag_through_an_indicator_at_a_boundary_says_both(record):
    record["findings"][3]["verdict"] = "flag"
    assert "  - sex = female, through traffic_violations, at C \\| B; mean SHAP gap" in card_markdown(record)


def test_tables_are_those_of_the_record(record):
    card = card_markdown(record)
    assert "| group | n |\n| --- | --- |\n| minority = yes | 1,200 |\n| tiny | 3 |" in card
    assert "| boosting | 1,000 | 0.0500 | yes |" in card


def test_what_a_refused_indicator_changes_stands_with_the_safeguards(record, withheld):
    assert "still holds these points" not in card_markdown(record)
    record["tables"].append(withheld)
    safeguards = card_markdown(record).split("## Safeguards")[1].split("## Provenance")[0]
    assert "still holds these points" in safeguards
    assert "| everybody | 4 | 0.2500 | 0.0000 | -18.7500 |" in safeguards


def test_where_there_is_nothing_it_says_so(record):
    card = card_markdown({**record, "findings": [], "safeguards": [], "tables": []})

    assert "### Mechanisms flagged\n\nNone." in card
    assert "No difference was looked for." in card
    assert "No safeguard had anything to say." in card
    assert "No backtest belongs to this audit." in card


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_becomes_markup(record, attack):
    card = card_markdown(spoil(record, attack))
    outside_code = re.sub(r"(?<!\\)`[^`\n]*`", "", card)

    assert not re.search(r"(?<!\\)<(?=[a-zA-Z/!])", outside_code)
    assert not re.search(r"(?<!\\)\[b\]\(", outside_code)
    assert not re.search(r"(?<!\\)\*a\*", outside_code)
    assert [line for line in card.splitlines() if line.startswith("#")][1:] == SECTIONS


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_adds_a_column_to_a_table(record, attack):
    card = card_markdown(spoil(record, attack))
    rows = [line for line in card.splitlines() if line.startswith("|")]

    widths = {len(re.findall(r"(?<!\\)\|", row)) - 1 for row in rows}
    assert widths == {2, 4}


def test_the_same_record_gives_the_same_bytes(record):
    assert card_markdown(record) == card_markdown(record)
