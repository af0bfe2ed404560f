"""How the compiled modules are compiled: once, cached on disk, without the interpreter's lock."""

from __future__ import annotations

from typing import Any

KERNEL: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}
# Called from kernels alone: a way in from Python would take a third of the compile time.
INNER: dict[str, Any] = {**KERNEL, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
