"""The types that travel between the rooms: read this module first.

A table becomes a `Dataset`; a `Forecaster` turns its indicators into a `Forecast`; an `Explanation` says
what moved each forecast; an `AuditCase` is all that a `Check` may see; its `Finding`s make an `AuditReport`.
Categories are codes ``0..K-1`` and **0 is the worst**; boundary ``k`` is the cut between ``k`` and ``k + 1``.
Labels appear only at the edges: files, reports, pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Kind = Literal["difference", "mechanism"]
Verdict = Literal["flag", "clear", "cannot tell", "not applicable"]
Group = tuple[tuple[str, str], ...]  # ((attribute, value), ...); more than one pair is an intersection

LARGEST = 1e30  # of a number's size: its square is finite in float64, and it is itself in float32
UNKNOWN_CATEGORY = -1  # a category that is not known yet: the period to be forecast
UNKNOWN_GROUP = "unknown"  # membership that nobody recorded: counted, never guessed
_OPTIONAL = ("score", "adverse", "record", "informants", "family", "area", "publication")  # or None
CURRENT_SCORE, CURRENT_CATEGORY = LAGS = "current_score", "current_category"  # model inputs that pairing adds


class Progress(Protocol):
    """What long work calls to say how far it is."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Report that `done` of `total` steps of `what` are finished."""


@dataclass(frozen=True)
class GateRecord:
    """One safeguard that was asked, and what it answered: refused, recorded or kept."""

    rule: str
    outcome: Literal["kept", "recorded", "refused", "left out"]
    detail: str
    columns: tuple[str, ...] = ()
    rows: int = 0


@dataclass(frozen=True)
class Dataset:
    """A validated, pseudonymised panel: one row per subject and period.

    Attributes
    ----------
    X : DataFrame (n, d)
        Model inputs: one column per indicator (numbers as float64, categories as ``category`` dtype with
        the scheme's levels), plus ``current_score`` or ``current_category`` once a panel is paired.
    subject, period : ndarray of str (n,), of int (n,)
        Pseudonyms; codes into `periods`, in time order.
    category : ndarray of int (n,)
        Category in the row's own period, `UNKNOWN_CATEGORY` where none is recorded.
    y : ndarray of int (n,)
        Category to forecast (the row's own, or `horizon` periods later), `UNKNOWN_CATEGORY` if not known yet.
    sensitive, situations : DataFrame of str (n, a), of bool (n, s)
        Groups (`UNKNOWN_GROUP` where not recorded) and disaster, illness, ...: for measuring and excluding.
    withheld : DataFrame (n, w)
        Indicators of the scheme that the safeguards keep from every model.
    score, adverse : ndarray of float (n,) or None
        Numeric score in the row's own period; independent outcome: 1 adverse, 0 not, NaN not recorded.
    record : ndarray of int (n,) or None
        Periods in which the subject has been on record, the row's own included.
    informants : ndarray of float (n, i) or None
        Informants behind each of the scheme's indicators, where the table counts them; NaN elsewhere.
    family, area : ndarray of str (n,) or None
        Clusters whose members share outcomes; pseudonyms for families.
    publication : ndarray of bool (n,) or None
        Who consents to publication of what concerns them alone.
    """

    X: pd.DataFrame
    subject: npt.NDArray[Any]
    period: Ints
    periods: tuple[str, ...]
    category: Ints
    y: Ints
    sensitive: pd.DataFrame
    situations: pd.DataFrame
    withheld: pd.DataFrame
    fingerprint: str
    horizon: int = 0
    score: Floats | None = None
    adverse: Floats | None = None
    record: Ints | None = None
    informants: Floats | None = None
    family: npt.NDArray[Any] | None = None
    area: npt.NDArray[Any] | None = None
    publication: Bools | None = None
    gates: tuple[GateRecord, ...] = ()

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.X)

    def take(self, rows: npt.ArrayLike) -> Self:
        """Give the dataset of some rows only (positions or a mask), everything aligned."""
        at = np.arange(len(self))[np.asarray(rows)]
        tables = ("X", "sensitive", "situations", "withheld")
        frames = {name: getattr(self, name).iloc[at].reset_index(drop=True) for name in tables}
        arrays = {name: getattr(self, name)[at] for name in ("subject", "period", "category", "y")}
        arrays |= {name: each[at] for name in _OPTIONAL if (each := getattr(self, name)) is not None}
        return replace(self, **frames, **arrays)

    @property
    def cluster(self) -> Ints:
        """Codes (n,) of the clusters whose rows are not independent: families, else subjects."""
        return pd.factorize(self.subject if self.family is None else self.family)[0].astype(np.int64)


@dataclass(frozen=True)
class Ledger:
    """What an office recorded: one row per event.

    `events` has the columns ``event`` (id), ``subject`` (pseudonym), ``period`` (code), ``rule`` (name of the
    card's rule), ``indicator``, ``points``, ``source``, ``informant`` (pseudonym or none) and ``situation``.
    """

    events: pd.DataFrame
    fingerprint: str


@dataclass(frozen=True)
class Answers:
    """Verification answers: columns ``event`` (id) and ``happened`` (bool), one row per event looked up."""

    answers: pd.DataFrame
    fingerprint: str


@runtime_checkable
class Forecaster(Protocol):
    """A scikit-learn classifier over category codes."""

    classes_: npt.NDArray[Any]

    def fit(self, X: Any, y: Any) -> Any:
        """Learn from indicators (n, d) and category codes (n,)."""

    def predict_proba(self, X: Any) -> Floats:
        """Forecast probabilities (n, K), rows summing to one."""


@dataclass(frozen=True)
class Forecast:
    """Categories that a forecaster, a third-party model or an existing score gives.

    `score` (n,) is the graded quantity behind them (an existing score's points, else the expected category);
    effects "in SD" are in its standard deviations. `sets` (n, 2) holds lowest and highest category of each
    conformal set at `coverage` (empty: lowest above highest), by `set_rule` in `strata` (n,); `flip_risk` the
    chance that measuring indirect indicators again changes the category; `indirect_share` their share of the
    absolute SHAP values; `abstains` where a person must decide.
    """

    categories: Ints
    score: Floats
    origin: Literal["forecaster", "third party", "existing score"]
    name: str
    probabilities: Floats | None = None
    sets: Ints | None = None
    coverage: float | None = None
    set_rule: Any = None
    strata: npt.NDArray[np.str_] | None = None
    flip_risk: Floats | None = None
    indirect_share: Floats | None = None
    abstains: Bools | None = None


@dataclass(frozen=True)
class Explanation:
    """SHAP values of some rows of a dataset, reconciled with the model.

    ``base_values + values.sum(axis=1) == raw`` within the engine's tolerance, and ``raw + residual`` is what
    the forecast says after rearrangement and calibration, on the scale that `target` names.

    Attributes
    ----------
    values, base_values : ndarray (m, d, outputs), (outputs,)
    raw, residual : ndarray (m, outputs)
    rows : ndarray of int (m,)
        Positions in the dataset that was explained.
    feature_names : tuple of str (d,)
    target : str
        Log-odds, probability or probit index "of exceeding the boundary": `scs_ml.metrics.scales`.
    engine : str
        What computed it, and how (tree, linear or permutation SHAP; path-dependent or interventional).
    background : str or None
        SHA-256 commitment of the background rows; None where none was used.
    fidelity : mapping or None
        For a surrogate, how well it imitates the score; None where the model itself is explained.
    """

    values: Floats
    base_values: Floats
    raw: Floats
    residual: Floats
    rows: Ints
    feature_names: tuple[str, ...]
    target: str
    engine: str
    additivity_error: float
    background: str | None = None
    fidelity: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Effect:
    """An estimate with its simultaneous interval, in the unit named, beside the floor of materiality."""

    metric: str
    value: float
    low: float
    high: float
    unit: str
    floor: float


@dataclass(frozen=True)
class Evidence:
    """One stage of the evidence behind a finding."""

    stage: str
    statement: str
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What one check says of one group (and indicator, and boundary)."""

    check: str
    kind: Kind
    verdict: Verdict
    group: Group
    reference: Group
    n: tuple[int, int]  # rows of the group, rows of the reference
    next_step: str
    effect: Effect | None = None
    indicator: str | None = None
    boundary: int | None = None
    p_adjusted: float | None = None
    detectable: float | None = None  # smallest effect found with 80 % power, in the effect's unit
    mechanisms: tuple[tuple[str, float], ...] = ()  # (slug, weight), weights summing to one
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table of the report: labels lead a row, a whole number behind them counts people, `check` made it."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]
    check: str = ""


@dataclass(frozen=True)
class CheckResult:
    """Findings of one check, and the tables they rest on."""

    findings: tuple[Finding, ...]
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class AuditCase:
    """All that a check may see. Truth, twins and the list of who was wronged are not in here.

    `history` is the panel of a case audited at its last period; `recorded` its rows with what was taken out.
    """

    scheme: Scheme
    dataset: Dataset
    forecast: Forecast
    explanation: Explanation | None
    forecaster: Any = None
    background: pd.DataFrame | None = None
    ledger: Ledger | None = None
    verified: Answers | None = None
    history: Dataset | None = None
    recorded: Dataset | None = None


class Check(Protocol):
    """One thing to look for. `level` is the error rate shared by all findings of one run of the check."""

    @property
    def name(self) -> str:
        """Its slug in the registry and in every finding."""

    @property
    def kind(self) -> Kind:
        """Whether its flags count as unfairness (mechanism) or as a difference."""

    @property
    def title(self) -> str:
        """What it looks for, as reports print it."""

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Look for it in a case."""


@dataclass(frozen=True)
class PersonView:
    """One person's forecast and reasons, pseudonymous; made only where the basis opens person-level views."""

    subject: str
    period: str
    category: int
    boundary: int
    base_value: float
    contributions: tuple[tuple[str, str, str, float], ...]  # (indicator, value, source, SHAP), largest first
    forecast: float  # base value + contributions, on the explanation's target scale
    target: str


@dataclass(frozen=True)
class AuditReport:
    """What an audit found, complete: `report` renders it, ``audit.json`` is its contract."""

    scheme: Scheme
    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]
    safeguards: tuple[GateRecord, ...]
    declared: Mapping[str, str]
    versions: Mapping[str, str]
    fingerprints: Mapping[str, str]
    seed: int
    forecast: Mapping[str, Any]
    persons: tuple[PersonView, ...] = ()

    def flags(self, kind: Kind | None = None) -> Sequence[Finding]:
        """Give the findings whose verdict is ``flag``, of one kind or of both."""
        return [f for f in self.findings if f.verdict == "flag" and kind in (None, f.kind)]
