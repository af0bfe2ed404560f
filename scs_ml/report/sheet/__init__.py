"""The subject's own sheet: what is forecast of one person and why, in plain language and several languages.

`Sheet` holds what is said, without words; the catalogue holds the words, one file for each language. To add a
language: a file beside the others in ``languages``, with the same keys.
"""

from scs_ml.report.sheet.catalogue import languages
from scs_ml.report.sheet.model import Doubt, NotUsed, Sheet, Used
from scs_ml.report.sheet.page import sheet_html, sheet_text

__all__ = ["Doubt", "NotUsed", "Sheet", "Used", "languages", "sheet_html", "sheet_text"]
