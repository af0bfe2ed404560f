"""A failure inside a forecaster becomes one error that says whose it is, and where."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scs_ml.exceptions import SafeguardError, ScsError


@contextmanager
def speaking_for(name: str, where: str) -> Iterator[None]:
    """Turn whatever a forecaster raises while it is fitted or forecasts into an error that names it.

    Parameters
    ----------
    name : str
        What the caller calls the forecaster.
    where : str
        What it was doing: the fold, and how many rows.

    Raises
    ------
    ScsError
        With the original message, from the original error.
    """
    try:
        yield
    except SafeguardError:
        raise
    except ScsError as error:
        at = where if error.where is None else f"{where}; {error.where}"
        raise ScsError(f"{name}: {error.what}", where=at, remedy=error.remedy) from error
    except Exception as error:
        message = " ".join(str(error).split()) or "no message"
        raise ScsError(
            f"{name} failed: {type(error).__name__}: {message}",
            where=where,
            remedy="mend the estimator, or leave it out; it is given a DataFrame in which numbers may be "
            "missing and categories have category dtype, and labels 0..K-1, of which a fold may lack some",
        ) from error
