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
# # A pilot, from simulation to report
#
# Suining county gave everyone 1,000 points to start with, added and took points for listed events, and put
# people in four categories: A (960 and more), B (850 to 959), C (600 to 849) and D (599 and less). Here
# 3,000 people live under such a scheme for eight quarters. **One wrong is planted**: street patrols report
# ill people as drunk or disorderly though nothing of the kind happened. **One decoy is planted** beside it:
# people under 30 truly commit more offences. Both lower the score of their group by 0.3 standard
# deviations. A good audit names the first and does not accuse anyone over the second.
#
# Every step says what it tells and what it cannot tell.

# %%
# %matplotlib inline
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

SEED = 0

# %% [markdown]
# ## 1. Simulate
#
# `world.table` and `world.ledger` are what the office holds: one row per person and quarter, and one row
# per event that moved a score. `world.truth` is known only because the world is simulated; no check can see
# it, and it is opened here at the very end.

# %%
from scs_ml.worlds import WorldSettings, office_answers, simulate

world = simulate(
    WorldSettings(n_people=3_000, seed=SEED, mechanisms={"illness_misread": 0.3}, decoys={"conduct_gap": 0.3})
)
print(f"{len(world.table):,} rows in the table, {len(world.ledger):,} events in the ledger")
world.ledger.head(3)

# %% [markdown]
# ## 2. Read
#
# The scheme says what each column is. Reading checks every value against it, replaces names by pseudonyms,
# and takes sensitive attributes (minority, registration, sex, age) and situations (illness, disaster) away
# from the model's inputs: they are there for measuring only.

# %%
from scs_ml.data import read_ledger, read_table
from scs_ml.schemes import load_scheme

scheme = load_scheme("suining")
dataset = read_table(world.table, scheme)
ledger = read_ledger(world.ledger, scheme, dataset)
print("inputs:    ", ", ".join(dataset.X.columns))
print("sensitive: ", ", ".join(dataset.sensitive.columns))
print("situations:", ", ".join(dataset.situations.columns))

# %%
labels = list(scheme.scale.categories)
shares = pd.crosstab(
    np.array(dataset.periods)[dataset.period], np.array(labels)[dataset.category], normalize="index"
)[labels]
axes = shares.plot.bar(stacked=True, figsize=(8, 3), colormap="RdYlGn", width=0.85)
axes.set(xlabel="", ylabel="share of people", title="Categories by quarter")
axes.legend(bbox_to_anchor=(1.0, 1.0))
plt.show()

# %% [markdown]
# ## 3. Split
#
# A forecast is made for the next quarter, so the past trains and the future tests: never a random half,
# which would let the model learn from the quarter that it is tested on. The test quarter takes no part in
# any choice below.

# %%
from scs_ml.workflow import split

splits = split(dataset, scheme, seed=SEED)
for name in ("train", "calibration", "test"):
    part = getattr(splits, name)
    quarters = sorted({part.periods[code] for code in part.period})
    print(f"{name:12} {len(part):6,} rows, indicators of {quarters[0]} to {quarters[-1]}")

# %% [markdown]
# ## 4. Train
#
# Four families (the scheme's own rule card, an ordinal logit, boosting, a hybrid) are compared with three
# baselines on earlier quarters. The headline is the skill of the ranked probability score against the table
# of transitions between categories: 0 is no better than the table, 1 is perfect. The interval allows for
# members of a family sharing outcomes.
#
# A good forecast says nothing of fairness. It may forecast an unfair score very well.

# %%
from scs_ml.workflow import train

trained = train(dataset, scheme, seed=SEED)
board = pd.DataFrame(trained.leaderboard.as_records())
print("chosen:", trained.name)
board[["name", "rps", "rps_skill", "rps_skill_low", "rps_skill_high"]].round(3)

# %% [markdown]
# ## 5. Forecast and explain
#
# For every person in the test quarter: the category to expect, and a set of neighbouring categories that
# holds the right one nine times in ten, on average over people like those it was calibrated on. It promises
# nothing to a single person or group.
#
# SHAP values then share each forecast out among the indicators, in log-odds of exceeding a boundary. The
# current score is itself made of indicators, so its part is handed on to them. SHAP values say what the
# *model* used. They do not say whether the indicator tells the truth about anybody.

# %%
from scs_ml.explain import mean_shap
from scs_ml.workflow import case_of_forecaster

case = case_of_forecaster(
    trained.forecaster,
    trained.splits.test,
    scheme,
    calibration=trained.splits.calibration,
    ledger=ledger,
    name=trained.name,
    seed=SEED,
)
inside = (case.forecast.sets[:, 0] <= case.dataset.y) & (case.dataset.y <= case.forecast.sets[:, 1])
print(f"sets hold the right category for {inside.mean():.1%} of people")
print(f"the explanation differs from the model by at most {case.explanation.additivity_error:.1e}")

importance = mean_shap(case.explanation)
importance.columns = [scheme.scale.boundary_label(k) for k in importance.columns]
importance = importance.loc[importance.mean(axis=1).sort_values().index]
axes = importance.plot.barh(figsize=(8, 4))
axes.set(xlabel=f"mean |SHAP|, {case.explanation.target}", ylabel="", title="What moves the forecast")
plt.show()

# %% [markdown]
# ## 6. Where groups differ
#
# Checks of kind `difference` say that two groups differ, and by how much. Each compares a group with its
# reference; all intervals of these checks hold together at 95 %. `flag` means that the interval excludes zero
# and the difference is larger than the floor (0.05 standard deviations); `clear` that it lies wholly within
# the floor; otherwise the audit cannot tell.

# %%
from scs_ml.workflow import audit

first = audit(case, leaderboard=trained.leaderboard, seed=SEED)


def words(group: tuple[tuple[str, str], ...]) -> str:
    """Write a group as people say it."""
    return ", ".join(f"{attribute} = {value}" for attribute, value in group)


gaps = [f for f in first.findings if f.check == "category_gap" and f.boundary is None and f.effect]
gaps = sorted((f for f in gaps if len(f.group) == 1), key=lambda f: f.effect.value)
colour = {"flag": "firebrick", "clear": "seagreen", "cannot tell": "grey"}
fig, axes = plt.subplots(figsize=(8, 3.5))
for at, f in enumerate(gaps):
    axes.plot([f.effect.low, f.effect.high], [at, at], color=colour[f.verdict], lw=2)
    axes.plot(f.effect.value, at, "o", color=colour[f.verdict])
axes.axvspan(-gaps[0].effect.floor, gaps[0].effect.floor, color="0.9", zorder=0)
axes.axvline(0, color="black", lw=0.8)
axes.set_yticks(range(len(gaps)), [f"{words(f.group)} ({f.verdict})" for f in gaps])
axes.set(
    xlabel=f"{gaps[0].effect.metric} ({gaps[0].effect.unit})", title="Category gap; grey band: the floor"
)
plt.show()

# %% [markdown]
# The ill and the young both stand out, and this picture cannot say which of them is wronged: one group is
# reported for what it did not do, the other for what it did. That is why these flags do not count as
# unfairness. SHAP does not part them either, as the next tables show: reports of disorder count against
# both groups.

# %%
from scs_ml.explain import group_means

rows = case.explanation.rows
for title, group_labels in (
    ("illness", np.where(case.dataset.situations["illness"].to_numpy()[rows], "ill", "not ill")),
    ("age", case.dataset.sensitive["age_group"].to_numpy()[rows]),
):
    means = group_means(case.explanation, group_labels)
    table = means.pivot_table(index="indicator", columns="group", values="mean")  # over boundaries
    print(f"mean SHAP by {title}\n{table.loc[['disorder_reports', 'traffic_violations']].round(2)}\n")

# %% [markdown]
# ## 7. Ask the office
#
# What parts a wrong from conduct is whether the events happened. The audit draws at most 200 reports to
# look up, half of them about ill people, and the (simulated) office looks them up. On a real table the plan
# is a file, and somebody has to do the looking.

# %%
from scs_ml.audit import verification_plan
from scs_ml.data import read_answers

plan = verification_plan(case, seed=SEED)
answers = read_answers(office_answers(world, plan["event"], seed=SEED), scheme)
answered = plan.assign(
    happened=answers.answers.set_index("event")["happened"].reindex(plan["event"]).to_numpy()
)
answered.groupby("stratum")["happened"].agg(["size", "mean"]).rename(
    columns={"size": "looked up", "mean": "true"}
)

# %%
report = audit(replace(case, verified=answers), leaderboard=trained.leaderboard, seed=SEED)
mechanisms = [f for f in report.findings if f.kind == "mechanism"]
pd.Series([(f.check, f.verdict) for f in mechanisms]).value_counts().rename("findings").to_frame()

# %%
for f in report.flags("mechanism"):
    effect = f.effect
    print(f"{f.check}, {words(f.group)}, through {f.indicator}")
    print(f"  {effect.metric}: {effect.value:+.2f} ({effect.low:+.2f} to {effect.high:+.2f}) {effect.unit}")
    for evidence in f.evidence:
        print(f"  {evidence.stage}: {evidence.statement}")
    print(f"  next step: {f.next_step}")

# %% [markdown]
# `clear` is not "fair". It says that this one way of wronging people, measured this way, takes less than
# the floor. What no check looks for is not found.
#
# ## 8. Compare with the truth
#
# Only now, and only because the world is simulated: what was planted, and what a `mechanism` flag says of
# it.

# %%
flagged = {(slug, f.group) for f in report.flags("mechanism") for slug, _ in f.mechanisms}
accused = {group for _, group in flagged}
for p in world.truth.planted:
    if p.kind == "mechanism":
        outcome = "hit" if (p.slug, p.group) in flagged else "missed"
    else:
        outcome = "false flag" if p.group in accused else "silent, as it should be"
    print(f"{p.slug} ({p.kind}, {words(p.group)}, {p.achieved:.2f} SD): {outcome}")

# %% [markdown]
# One world is one example, not a rate: how often each check is right takes many worlds, with other seeds,
# strengths and groups.
#
# ## 9. Report
#
# One page without network requests, the same findings as JSON (the contract for other programs), and a
# model card.

# %%
from scs_ml.report import write_report

folder = write_report(report, Path("../data/runs/pilot"))
for path in sorted(folder.iterdir()):
    print(f"{path.name:12} {path.stat().st_size:9,} bytes")
