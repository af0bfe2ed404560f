"""Records: what was done with people's data, where nobody can quietly change it."""

from __future__ import annotations

__all__: list[str] = []
