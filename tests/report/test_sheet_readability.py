"""How hard the sheet is to read: English to a school grade, other languages by a formula of their own."""

from __future__ import annotations

import importlib
import warnings

import pytest

from scs_ml.report.sheet import sheet_text
from scs_ml.schemes import load_scheme
from tests.report.sheet_cases import CASES, scheme_of, sheet_of

GRADE = 8  # of school: a reader of about 13
# English syllables are counted by hyphenation here, without a download. benchmarks/sheet_readability.py, with
# the CMU dictionary and without, gave the same sheets Flesch-Kincaid grades that differ by 1.3 on average.
HYPHENATION = 1.5


def worded(name):
    """A sheet with the purpose, contact and attributes that a scheme of a real table writes."""
    real = load_scheme(name)
    basis = real.basis.model_copy(update={"kind": "synthetic"})
    return sheet_of(scheme_of().model_copy(update={"basis": basis, "sensitive": real.sensitive}))


SHEETS = CASES | {name: worded(name) for name in ("german_credit", "students", "compas", "taiwan")}


@pytest.fixture(scope="module")
def textstat():
    counting = importlib.import_module("textstat.backend.counts._count_syllables")
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setattr(counting, "get_cmudict", lambda lang: {} if lang.startswith("en") else None)
        yield importlib.import_module("textstat").textstat


@pytest.mark.parametrize("name", SHEETS)
def test_a_thirteen_year_old_can_read_the_english_one(textstat, name):
    textstat.set_lang("en")
    text = sheet_text(SHEETS[name])
    assert textstat.flesch_kincaid_grade(text) + HYPHENATION <= GRADE
    assert textstat.automated_readability_index(text) <= GRADE  # counts letters, so it needs no syllables
    assert textstat.flesch_reading_ease(text) >= 70


def test_the_formula_would_notice_hard_sentences(textstat):
    textstat.set_lang("en")
    hard = (
        "Notwithstanding considerable methodological heterogeneity, the probabilistic classification "
        "incorporates counterfactual attributions whose interpretation necessitates statistical expertise."
    )
    assert textstat.flesch_kincaid_grade(hard) > GRADE + 4
    assert textstat.automated_readability_index(hard) > GRADE + 4


@pytest.mark.parametrize("name", SHEETS)
def test_other_languages_by_a_formula_of_their_own(textstat, name):
    textstat.set_lang("de")
    assert textstat.wiener_sachtextformel(sheet_text(SHEETS[name], "de"), 1) <= GRADE
    textstat.set_lang("es")
    assert textstat.fernandez_huerta(sheet_text(SHEETS[name], "es")) >= 70
    for language in ("fr", "ru"):
        textstat.set_lang(language)
        assert textstat.flesch_reading_ease(sheet_text(SHEETS[name], language)) >= 70
    textstat.set_lang("ar")
    assert textstat.osman(sheet_text(SHEETS[name], "ar")) >= 70
    textstat.set_lang("en")
    for language, most in (("az", 50), ("fr", 40), ("ru", 45), ("de", 40), ("es", 40)):
        assert textstat.lix(sheet_text(SHEETS[name], language)) <= most
