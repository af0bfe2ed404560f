from __future__ import annotations

import numpy as np
import pytest

from scs_ml.data import read_table
from scs_ml.workflow.training import split
from scs_ml.worlds import WorldSettings, simulate


@pytest.mark.parametrize("n_periods, by_period", [(6, False), (10, True)])
def test_no_fold_knows_what_happens_after_the_test_rows_period(n_periods, by_period):
    world = simulate(WorldSettings(n_people=120, n_periods=n_periods, seed=3))
    scheme = world.scheme.model_copy(update={"horizon": 2})
    splits = split(read_table(world.table, scheme), scheme)
    assert splits.by == "period"
    due = splits.test.period[0]
    for learned, judged in splits.folds:
        assert max(learned.period.max(), judged.period.max()) + scheme.horizon <= due
        later = judged.period.min() >= learned.period.max() + scheme.horizon
        assert later == by_period
        if not by_period:
            assert not np.intersect1d(learned.subject, judged.subject).size
