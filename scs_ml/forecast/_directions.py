"""Directions of indicators as a scheme declares them."""

from __future__ import annotations

from typing import Any

from scs_ml.schemes import Scheme

_DIRECTION = {"rising": 1, "falling": -1, None: 0}


def declared_directions(scheme: Scheme | None) -> dict[str, int]:
    """Give the direction of every indicator by name: 1 rising, -1 falling, 0 free; empty without a scheme."""
    return {} if scheme is None else {i.name: _DIRECTION[i.monotone] for i in scheme.indicators}


def column_directions(scheme: Scheme | None, encoder: Any) -> list[int]:
    """Give the direction (q,) of every column of a fitted `IndicatorEncoder`.

    Only the column that holds an indicator's own number has one: levels have no order, and whether a number
    is missing says nothing of more or less.
    """
    declared = declared_directions(scheme)
    numbers = set(encoder.column_indicator_) - set(encoder.levels_)
    return [declared.get(name, 0) if name in numbers else 0 for name in encoder.get_feature_names_out()]
