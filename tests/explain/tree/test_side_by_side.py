"""Ensembles next to one another."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

from scs_ml.explain.tree.ensemble import side_by_side
from scs_ml.explain.tree.reading import read_model
from tests.explain.tree import samples, walker


def test_each_ensemble_keeps_its_outputs():
    X = samples.inputs()
    forests = [
        read_model(RandomForestClassifier(n_estimators=3, max_depth=4, random_state=k).fit(X, y))
        for k, y in enumerate([samples.outcome(X), samples.outcome(X)[::-1]])
    ]
    together = side_by_side([each.ensemble for each in forests])
    walker.assert_sound(together)
    assert together.n_trees == 6
    np.testing.assert_allclose(
        walker.predict(together, forests[0].prepare(X)), np.hstack([each.raw(X) for each in forests])
    )


def test_codes_that_only_one_lists_go_where_the_other_sends_unlisted_ones():
    X = samples.inputs()
    few = X[~(X[:, 4] > 5)]
    one, other = (
        read_model(
            HistGradientBoostingClassifier(max_iter=4, min_samples_leaf=3, categorical_features=[4]).fit(
                rows, ~(np.isnan(rows[:, 4]) | (rows[:, 4] == 2))
            )
        ).ensemble
        for rows in (few, X)
    )
    assert one.codes[4].tolist() == [0, 1, 2, 3, 4, 5]
    together = side_by_side([one, other])
    walker.assert_sound(together)
    assert together.codes[4].tolist() == list(range(9))
    assert one.unlisted_left[[*one.left_codes]].any()
    # The library's codes are those of the inputs here, so that both can be asked about the same columns.
    prepared = samples.strange_codes(X, [50.0])
    expected = np.hstack([walker.predict(one, prepared), walker.predict(other, prepared)])
    np.testing.assert_array_equal(walker.predict(together, prepared), expected)
