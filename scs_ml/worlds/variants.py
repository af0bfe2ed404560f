"""The scheme of a world: the county's, with the categories and the false reports that were asked for."""

from __future__ import annotations

from functools import lru_cache

from scs_ml.schemes import Indicator, Scale, Scheme, load_scheme
from scs_ml.worlds.settings import WorldSettings

# Categories and cuts of the county's scale, by the number of categories; four are its own.
CATEGORIES: dict[int, tuple[tuple[str, ...], tuple[float, ...]]] = {
    3: (("C", "B", "A"), (850, 960)),
    5: (("D", "C", "B", "A", "AA"), (600, 850, 960, 1010)),
}


def scheme_of(settings: WorldSettings) -> Scheme:
    """Give the scheme that a world is scored by, which says everything that the settings change of it."""
    scheme = _built_in("suining_broad" if settings.broad else "suining")
    if settings.n_categories in CATEGORIES:
        scheme = scheme.model_copy(update={"scale": _scale(scheme.scale, settings.n_categories)})
    if settings.false_reports != 1:
        indicators = tuple(_misread(each, settings.false_reports) for each in scheme.indicators)
        scheme = scheme.model_copy(update={"indicators": indicators})
    return scheme


@lru_cache
def _built_in(name: str) -> Scheme:
    return load_scheme(name)


def _scale(scale: Scale, n_categories: int) -> Scale:
    categories, bounds = CATEGORIES[n_categories]
    return Scale.model_validate({**scale.model_dump(), "categories": categories, "lower_bounds": bounds})


def _misread(indicator: Indicator, times: float) -> Indicator:
    """Multiply the rate of false reports; a reliability is the share of reports that are true."""
    model = indicator.measurement
    if model is None:
        return indicator
    changed: dict[str, float] = {}
    if model.reliability is not None:
        changed["reliability"] = model.reliability / (model.reliability + times * (1 - model.reliability))
    if model.false_positive is not None:
        changed["false_positive"] = times * model.false_positive
    return indicator.model_copy(update={"measurement": model.model_copy(update=changed)})
