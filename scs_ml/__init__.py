"""Forecast the ordered category a scoring scheme gives people, explain it, and flag unfairness by mechanism."""

from __future__ import annotations

__version__ = "0.1.0"
