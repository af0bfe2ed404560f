"""Plots: each takes plain values and gives one accessible SVG; nothing here computes or keeps state."""

from scs_ml.report.plots.forest import ForestRow, forest
from scs_ml.report.plots.migration import migration
from scs_ml.report.plots.paths import Path, paths
from scs_ml.report.plots.reliability import ReliabilityCurve, reliability
from scs_ml.report.plots.waterfall import waterfall

__all__ = [
    "ForestRow",
    "Path",
    "ReliabilityCurve",
    "forest",
    "migration",
    "paths",
    "reliability",
    "waterfall",
]
