"""One scheme on any basis."""

from __future__ import annotations

import pytest

from scs_ml.schemes import Scheme, load_scheme


@pytest.fixture
def on_basis():
    def on_basis(kind, **fields):
        """Suining, but on another basis."""
        document = load_scheme("suining").model_dump()
        needed = {
            "agreed": {"agreement_column": "agreed", "birth_column": "age"},
            "audit": {"lawful_basis": "Regulation (EU) 2016/679, Article 6(1)(e)"},
        }
        document["basis"] |= {"kind": kind, **needed.get(kind, {}), **fields}
        return Scheme.model_validate(document)

    return on_basis
