"""Versions of what computed a result."""

from __future__ import annotations

import platform
from importlib.metadata import version

from scs_ml import __version__

LIBRARIES = (
    "numpy",
    "pandas",
    "scipy",
    "scikit-learn",
    "shap",
    "skops",
    "numba",
    "pandera",
    "pyarrow",
    "pydantic",
)


def library_versions() -> dict[str, str]:
    """Give the version of this package, of Python and of every library that bears on a number or a file.

    Returns
    -------
    dict
        Distribution name -> version.
    """
    ours = {"scs_ml": __version__, "python": platform.python_version()}
    return ours | {name: version(name) for name in LIBRARIES}
