"""People with a latent trait, in families that share part of it: whatever is true of them is known."""

import numpy as np
from scipy import stats

CUTS = np.array([-2.6, -1.2, 0.6])


def draw(n, rng, *, shift=0.0, icc=0.3):
    """Give categories, forecasts (off by `shift` in the latent trait) and families of one to six people."""
    sizes = np.resize([1, 2, 3, 4, 5, 6], n)
    family = np.repeat(np.arange(n), sizes)[:n]

    def alike():
        return np.sqrt(icc) * rng.standard_normal(n)[family] + np.sqrt(1 - icc) * rng.standard_normal(n)

    known = 1.5 * alike()
    y = ((known + alike())[:, None] > CUTS).sum(axis=1)
    above = stats.norm.sf(CUTS - (known + shift)[:, None])
    return y, -np.diff(np.column_stack([np.ones(n), above, np.zeros(n)]), axis=1), family
