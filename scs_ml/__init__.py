"""Forecasts the category a scoring scheme gives people, explains it, and flags unfairness by mechanism."""

from __future__ import annotations

__version__ = "0.1.0"
