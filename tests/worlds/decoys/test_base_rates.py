"""A group that truly does more of what is punished and less of what is rewarded."""

from __future__ import annotations

from scs_ml.worlds.conduct import MERIT, MISCONDUCT


def test_every_act_moves_its_way(simulated, null_world):
    world = simulated(decoys=(("base_rates", 0.3),))
    for act in MISCONDUCT:
        assert (world.table[act] >= null_world.table[act]).all()
        assert world.table[act].sum() > null_world.table[act].sum()
    for act in MERIT:
        assert (world.table[act] <= null_world.table[act]).all()
        assert world.table[act].sum() < null_world.table[act].sum()
