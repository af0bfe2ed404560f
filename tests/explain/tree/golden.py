"""Three small trees, worked out by hand.

``v(...)`` is the worth of a coalition: the expectation when the features in it are known. With two features,

    phi_0 = ½ [v(0) − v()] + ½ [v(01) − v(1)]      phi_1 = ½ [v(1) − v()] + ½ [v(01) − v(0)]

and the pair's interaction index v(01) − v(0) − v(1) + v() stands half in each of its two entries.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.explain.tree.ensemble import TreeEnsemble

NAN = np.nan


@dataclass(frozen=True)
class Worked:
    """A tree, rows, and what a person with pencil and paper finds."""

    ensemble: TreeEnsemble
    X: np.ndarray  # (n, columns)
    path_dependent: np.ndarray  # (n, d, outputs)
    expected: np.ndarray  # (outputs,)
    background: np.ndarray  # (m, columns)
    weights: np.ndarray  # (m,)
    interventional: np.ndarray  # (n, d, outputs)
    interventional_expected: np.ndarray  # (outputs,)
    interactions: np.ndarray  # (d, d) of the first row and the first of the tree's values, path-dependent
    interventional_interactions: np.ndarray  # (d, d), the same with the background


def stump():
    """One split on the first of two features: the second moves nothing.

    ::

        x0 <= 0.5 (missing right)
          yes, 3 of 4 rows: 4        no, 1 of 4 rows: 8        sums start at 1
    """
    # Path-dependent: v() = 1 + ¾·4 + ¼·8 = 6. The row at 0.5 gets 5, hence −1; at 1 and missing: 9, hence 3.
    # Background 0 (weight 1) and 1 (weight 3): v() = 1 + (4 + 3·8)/4 = 8, hence −3, +1, +1.
    return Worked(
        ensemble=TreeEnsemble(
            first_node=np.array([0, 3]),
            column=np.array([0, -1, -1]),
            left=np.array([1, -1, -1]),
            right=np.array([2, -1, -1]),
            threshold=np.array([0.5, NAN, NAN]),
            missing_left=np.array([False, False, False]),
            unlisted_left=np.array([False, False, False]),
            left_codes={},
            codes={},
            cover=np.array([4.0, 3.0, 1.0]),
            value=np.array([[0.0], [4.0], [8.0]]),
            output=np.array([[0]]),
            base=np.array([1.0]),
            feature=np.array([0, 1]),
            n_features=2,
        ),
        X=np.array([[0.5, 7.0], [1.0, NAN], [NAN, 7.0]]),
        path_dependent=np.array([[[-1.0], [0.0]], [[3.0], [0.0]], [[3.0], [0.0]]]),
        expected=np.array([6.0]),
        background=np.array([[0.0, 1.0], [1.0, 1.0]]),
        weights=np.array([1.0, 3.0]),
        interventional=np.array([[[-3.0], [0.0]], [[1.0], [0.0]], [[1.0], [0.0]]]),
        interventional_expected=np.array([8.0]),
        interactions=np.array([[-1.0, 0.0], [0.0, 0.0]]),
        interventional_interactions=np.array([[-3.0, 0.0], [0.0, 0.0]]),
    )


def both():
    """8 where both features are above zero, else 0, with unequal covers.

    ::

        x0 <= 0
          yes, 6 of 10 rows: 0
          no, 4 of 10 rows: x1 <= 0
            yes, 1 of 4 rows: 0
            no, 3 of 4 rows: 8
    """
    # Path-dependent: v() = 0.4 · 0.75 · 8 = 2.4.
    #   (1, 1): v(0) = 0.75·8 = 6, v(1) = 0.4·8 = 3.2, v(01) = 8;
    #           phi_0 = ½ [3.6 + 4.8] = 4.2, phi_1 = ½ [0.8 + 2] = 1.4, index 8 − 6 − 3.2 + 2.4 = 1.2.
    #   (1, 0): v(0) = 6, v(1) = 0, v(01) = 0; phi_0 = ½ [3.6 + 0] = 1.8, phi_1 = ½ [−2.4 − 6] = −4.2.
    #   (0, 1): v(0) = 0, v(1) = 3.2, v(01) = 0; phi_0 = ½ [−2.4 − 3.2] = −2.8, phi_1 = ½ [0.8 + 0] = 0.4.
    # Background (0, 0), (1, 0) and twice (0, 1), in quarters; each alone gives 0.
    #   (1, 1): against (0, 0) both are needed: 4, 4, index 8; against (1, 0): 0, 8; against (0, 1): 8, 0;
    #           phi_0 = (4 + 0 + 2·8)/4 = 5, phi_1 = (4 + 8 + 0)/4 = 3, index 8/4 = 2.
    #   (1, 0): 8 appears only where x0 is its own and x1 that of (0, 1): ½·8, −½·8, twice in four: 2, −2.
    #   (0, 1): likewise with (1, 0), once in four: −1, 1.
    return Worked(
        ensemble=TreeEnsemble(
            first_node=np.array([0, 5]),
            column=np.array([0, -1, 1, -1, -1]),
            left=np.array([1, -1, 3, -1, -1]),
            right=np.array([2, -1, 4, -1, -1]),
            threshold=np.array([0.0, NAN, 0.0, NAN, NAN]),
            missing_left=np.zeros(5, bool),
            unlisted_left=np.zeros(5, bool),
            left_codes={},
            codes={},
            cover=np.array([10.0, 6.0, 4.0, 1.0, 3.0]),
            value=np.array([[0.0], [0.0], [0.0], [0.0], [8.0]]),
            output=np.array([[0]]),
            base=np.array([0.0]),
            feature=np.array([0, 1]),
            n_features=2,
        ),
        X=np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]),
        path_dependent=np.array([[[4.2], [1.4]], [[1.8], [-4.2]], [[-2.8], [0.4]]]),
        expected=np.array([2.4]),
        background=np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),
        weights=np.array([1.0, 1.0, 2.0]),
        interventional=np.array([[[5.0], [3.0]], [[2.0], [-2.0]], [[-1.0], [1.0]]]),
        interventional_expected=np.array([0.0]),
        interactions=np.array([[3.6, 0.6], [0.6, 0.8]]),
        interventional_interactions=np.array([[4.0, 1.0], [1.0, 2.0]]),
    )


def twice():
    """Two splits on one feature on a path; a split on categories with missing values and an unlisted code.

    ::

        x0 <= 10 (missing right)
          yes, 4 of 8 rows: x1 in {0, 5} of {0, 2, 5} (missing left, unlisted right)
            yes, 3 of 4 rows: (1, 0)
            no, 1 of 4 rows: (9, 0)
          no, 4 of 8 rows: x0 <= 20 (missing right)
            yes, 1 of 4 rows: (2, 0)
            no, 3 of 4 rows: (6, 8)

    The first of a leaf's values is the second output, and the other way round.
    """
    # Path-dependent, first value: v() = ½ (¾·1 + ¼·9) + ½ (¼·2 + ¾·6) = ½·3 + ½·5 = 4.
    #   (15, 2):      v(0) = 2, v(1) = ½·9 + ½·5 = 7, v(01) = 2; phi = ½ [−2 − 5], ½ [3 + 0] = −3.5, 1.5.
    #   missing both: v(0) = 6, v(1) = ½·1 + ½·5 = 3, v(01) = 6; phi = ½ [2 + 3], ½ [−1 + 0] = 2.5, −0.5.
    #   (10, 7):      v(0) = 3, v(1) = 7, v(01) = 9; phi = ½ [−1 + 2], ½ [3 + 6] = 0.5, 4.5.
    #   (5, 5):       v(0) = 3, v(1) = 3, v(01) = 1; phi = ½ [−1 − 2], ½ [−1 − 2] = −1.5, −1.5.
    # Second value: v() = v(1) = ½·¾·8 = 3, and x0 alone decides: 0 − 3, 8 − 3, 0 − 3, 0 − 3.
    # Index of the pair at (15, 2): 2 − 2 − 7 + 4 = −3.
    # Background p = (0, code 0), which gives (1, 0), and thrice q = (missing, code 2), which gives (6, 8).
    # v() = (1 + 3·6)/4 = 4.75 and 3·8/4 = 6. First value, as v(), v(0), v(1), v(01): phi_0, phi_1:
    #   (15, 2):      p: 1, 2, 9, 2: ½ [1 − 7], ½ [8 + 0] = −3, 4; index 2 − 2 − 9 + 1 = −8.
    #                 q: 6, 2, 6, 2: −4, 0; index 0.
    #                 Mean (−3 − 12)/4 = −3.75, 4/4 = 1; index −8/4 = −2.
    #   missing both: p: 1, 6, 1, 6: 5, 0.   q: 6, 6, 6, 6: 0, 0.   Mean 1.25, 0.
    #   (10, 7):      p: 1, 1, 9, 9: 0, 8.   q: 6, 9, 6, 9: 3, 0.   Mean 9/4 = 2.25, 8/4 = 2.
    #   (5, 5):       p: 1, 1, 1, 1: 0, 0.   q: 6, 9, 6, 1: ½ [3 − 5], ½ [0 − 8] = −1, −4.   Mean −0.75, −3.
    # Second value: x0 alone decides: 0 − 6, 8 − 6, 0 − 6, 0 − 6.
    return Worked(
        ensemble=TreeEnsemble(
            first_node=np.array([0, 7]),
            column=np.array([0, 1, 0, -1, -1, -1, -1]),
            left=np.array([1, 3, 5, -1, -1, -1, -1]),
            right=np.array([2, 4, 6, -1, -1, -1, -1]),
            threshold=np.array([10.0, NAN, 20.0, NAN, NAN, NAN, NAN]),
            missing_left=np.array([False, True, False, False, False, False, False]),
            unlisted_left=np.zeros(7, bool),
            left_codes={1: np.array([0, 5])},
            codes={1: np.array([0, 2, 5])},
            cover=np.array([8.0, 4.0, 4.0, 3.0, 1.0, 1.0, 3.0]),
            value=np.array([[0, 0], [0, 0], [0, 0], [1, 0], [9, 0], [2, 0], [6, 8]], float),
            output=np.array([[1, 0]]),
            base=np.array([0.0, 0.0]),
            feature=np.array([0, 1]),
            n_features=2,
        ),
        X=np.array([[15.0, 2.0], [NAN, NAN], [10.0, 7.0], [5.0, 5.0]]),
        path_dependent=np.array(
            [[[-3, -3.5], [0, 1.5]], [[5, 2.5], [0, -0.5]], [[-3, 0.5], [0, 4.5]], [[-3, -1.5], [0, -1.5]]]
        ),
        expected=np.array([3.0, 4.0]),
        background=np.array([[0.0, 0.0], [NAN, 2.0]]),
        weights=np.array([1.0, 3.0]),
        interventional=np.array(
            [[[-6, -3.75], [0, 1]], [[2, 1.25], [0, 0]], [[-6, 2.25], [0, 2]], [[-6, -0.75], [0, -3]]]
        ),
        interventional_expected=np.array([6.0, 4.75]),
        # ½·(−3) beside; −3.5 + 1.5 = −2 and 1.5 + 1.5 = 3 on the diagonal.
        interactions=np.array([[-2.0, -1.5], [-1.5, 3.0]]),
        # ½·(−2) beside; −3.75 + 1 and 1 + 1 on the diagonal.
        interventional_interactions=np.array([[-2.75, -1.0], [-1.0, 2.0]]),
    )


WORKED = {"stump": stump(), "both": both(), "twice": twice()}
