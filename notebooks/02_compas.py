# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # An existing score, audited again: COMPAS
#
# COMPAS puts defendants in three categories: Low, Medium, High risk of a new offence. In 2016 two sides
# argued over Broward County's scores. ProPublica: Black defendants who did *not* reoffend were called risky
# almost twice as often as white ones. The vendor, Northpointe: a score *means the same* for both, since of
# those called risky about as many reoffended. Both are right about their numbers. This notebook puts the
# two side by side, with intervals, and says why neither of them settles whether the score wrongs anyone.
#
# The table is ProPublica's (7,214 people, two years of observation). It is not part of the package: it is
# read in place from the folder that `SCS_ML_DATA` names, or `../shared/data` beside the checkout.

# %%
# %matplotlib inline
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

# A relative path starts at the checkout, one folder up from here.
data = Path("..") / os.environ.get("SCS_ML_DATA", "../shared/data")
table = data / "compas" / "compas_two_years.csv"
if not table.is_file():
    remedy = "set SCS_ML_DATA to the folder that holds compas/compas_two_years.csv"
    raise FileNotFoundError(f"no COMPAS table at {table.resolve()}: {remedy}")

# %% [markdown]
# ## Read and audit
#
# The scheme `compas` ships with the package: the scale, five court records as indicators, race, sex and age
# as sensitive attributes, and a new charge within two years as the outcome. No model is needed for the
# audit. For the SHAP view alone a *surrogate* imitates the score from the five indicators, out of fold, and
# its fidelity is printed: the real instrument asks 137 questions, and the table does not have the answers.

# %%
from scs_ml.data import read_table
from scs_ml.schemes import load_scheme
from scs_ml.workflow import audit, case_of_existing_score

scheme = load_scheme("compas")
dataset = read_table(table, scheme)
report = audit(case_of_existing_score(dataset, scheme, name="COMPAS"))
tables = {each.name: pd.DataFrame(each.rows, columns=each.columns) for each in report.tables}
print(f"{len(dataset):,} people, {len(report.findings)} findings")
for name, value in report.forecast["explanation"]["fidelity"].items():
    print(f"fidelity of the surrogate, {name}: {value:.3f}")

# %% [markdown]
# ## One side: error rates
#
# At the boundary between Low and Medium, "positive" means Medium or High. The false adverse rate (false
# positive rate) is the share called risky among those who did not reoffend.

# %%
PAIR = ["race = African-American", "race = Caucasian"]
MEDIUM = scheme.scale.boundary_label(1)

errors = tables["error_rates"]
sides = errors[(errors["boundary"] == MEDIUM) & errors["group"].isin(PAIR)].set_index("group").loc[PAIR]
for group, row in sides.iterrows():
    span = f"{row['FPR low']:.2%} to {row['FPR high']:.2%}"
    print(f"{group}: FPR {row['FPR']:.2%} ({span}), FNR {row['FNR']:.2%}, PPV {row['PPV']:.2f}")

# %% [markdown]
# ## The other side: calibration
#
# Of the people in one category, how many reoffended?

# %%
calibration = tables["calibration"]
pair = calibration[calibration["group"].isin(PAIR)]
pair.pivot_table(index="category", columns="group", values="observed").loc[
    list(scheme.scale.categories)
].round(3)

# %% [markdown]
# ## Side by side
#
# Left: shares by group, with Wilson intervals. Right: the same as differences, with intervals that hold
# jointly for all groups and boundaries of their check, and the verdict.

# %%
BLACK = (("race", "African-American"),)
wanted = (
    ("error_rates", "false adverse rate", 1, "false adverse rate"),
    ("error_rates", "missed adverse rate", 1, "missed adverse rate"),
    ("calibration", "adverse share given the category", None, "reoffended, given the category"),
)
found = []
for check, metric, boundary, title in wanted:
    [finding] = [
        f
        for f in report.findings
        if f.check == check and f.group == BLACK and f.boundary == boundary and f.effect.metric == metric
    ]
    found.append((title, finding))

fig, (left, right) = plt.subplots(1, 2, figsize=(12, 3.8))
colours = dict(zip(PAIR, ("firebrick", "steelblue"), strict=True))
for offset, group in zip((-0.15, 0.15), PAIR, strict=True):
    mine = pair[pair["group"] == group].set_index("category").loc[list(scheme.scale.categories)]
    shares = [sides.loc[group, "FPR"], *mine["observed"]]
    lows = [sides.loc[group, "FPR low"], *mine["low"]]
    highs = [sides.loc[group, "FPR high"], *mine["high"]]
    at = np.arange(len(shares)) + offset
    left.errorbar(
        shares, at, xerr=[np.subtract(shares, lows), np.subtract(highs, shares)], fmt="o",
        color=colours[group], label=group,
    )  # fmt: skip
left.set_yticks(
    range(4),
    ["called risky,\ndid not reoffend", *(f"reoffended,\ncalled {c}" for c in scheme.scale.categories)],
)
left.set(xlabel="share", xlim=(0, 1))
left.legend()
for at, (_, f) in enumerate(found):
    shade = "black" if f.verdict == "flag" else "grey"
    right.plot([f.effect.low, f.effect.high], [at, at], color=shade)
    right.plot(f.effect.value, at, "o", color=shade)
right.axvline(0, color="black", lw=0.8)
right.set_yticks(range(3), [f"{title}\n({f.verdict})" for title, f in found])
right.set(xlabel="African-American minus Caucasian", ylim=(-0.5, 2.5))
fig.tight_layout()
plt.show()

for title, f in found:
    effect = f.effect
    span = f"{effect.value:+.3f} ({effect.low:+.3f} to {effect.high:+.3f})"
    print(f"{title}: {span}, floor {effect.floor:.3f}: {f.verdict}")

# %% [markdown]
# The gap in false adverse rates is several times the gap in meaning. That is the whole quarrel in one
# picture. "Near parity" is not parity, though: the interval of the calibration gap holds both nothing and
# more than the floor, so the audit *cannot tell*, and Low in particular was followed by a new charge more
# often where the defendant was Black.

# %% [markdown]
# ## Why both can be right
#
# For a group with share *p* of reoffenders, error rates and the meaning of a score are tied by arithmetic
# (Chouldechova 2017): FPR = p / (1 - p) x (1 - PPV) / PPV x (1 - FNR). Where *p* as recorded differs, equal
# PPV forces unequal errors, whoever makes the score and whatever it asks.

# %%
p = (sides["FN"] + sides["TP"]) / sides[["TN", "FP", "FN", "TP"]].sum(axis=1)
identity = p / (1 - p) * (1 - sides["PPV"]) / sides["PPV"] * (1 - sides["FNR"])
pd.DataFrame({"recorded share p": p, "FPR": sides["FPR"], "FPR by the identity": identity}).round(4)

# %% [markdown]
# ## What this does not say
#
# Every finding above is of kind `difference`: it says that groups differ, and how sure that is. None says
# why. On this table none can: of the `mechanism` checks of the package, none applies.

# %%
print("kinds of all flags:", {f.kind for f in report.flags()})
for f in report.findings:
    if f.kind == "mechanism":
        print(f"{f.check}: {f.verdict} ({f.evidence[0].statement})")
        print(f"  what would help: {f.next_step}")

# %% [markdown]
# What it would take to tell:
#
# - **An outcome that does not come from policing.** "Reoffended" is "charged again". Where one group is
#   watched more, it is charged more for the same conduct, and then *p*, the errors and the calibration are
#   all measured with a bent ruler.
# - **The instrument's own inputs.** Five court records imitate the score; which of the 137 answers moved
#   it, and whether some of them stand for race, this table cannot show.
# - **A ledger and a sample to look up**: which earlier charges rest on which reports, and whether a sample
#   of them holds up when somebody looks.
#
# And a choice that no data makes: which of the two errors, detaining who would not reoffend or releasing
# who would, weighs how much. This audit says what was found and what could not be told; it does not say
# that the score is fair, and it does not say that it is not.
