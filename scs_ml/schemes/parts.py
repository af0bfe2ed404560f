"""What every part of a scheme has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A block of a scheme file: frozen, every number finite, and an unknown field is an error, not ignored.

    The text under a field is its description in the JSON Schema and in errors.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)
