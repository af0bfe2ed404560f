"""How much each check's flag counts among rivals: written by ``benchmarks/attribution.py --write``."""

from __future__ import annotations

LEARNED: dict[str, float] = {}
OF_STRENGTH = 1.0
OF_SHARE = 1.0
USUAL = 1.0
