"""Whoever sees what is shown learns no small count: attackers that know the people behind the tables try."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from scs_ml.core import Effect, Finding, Table
from scs_ml.safeguards import disclose
from scs_ml.safeguards.attacker import Attacker, Tie
from scs_ml.safeguards.hiding import attacker_of, blank_rows, narrowed
from scs_ml.safeguards.ties import counts_of

CATEGORIES = ("D", "C", "B", "A")
SEX, MINORITY = ("female", "male"), ("a", "b", "c")


def test_limits_of_one_hidden_part_are_the_rest_of_the_whole():
    sum_of_three = Tie(((0, 1), (1, 1), (2, 1), (3, -1)))
    values = (3, 40, 57, 100)
    assert Attacker(values, (sum_of_three,), frozenset({0})).limits(0) == (3, 3)
    assert Attacker(values, (sum_of_three,), frozenset({0, 1})).limits(0) == (0, 43)
    assert Attacker(values, (sum_of_three,), frozenset({0, 3})).limits(0) == (0, np.inf)


def test_limits_follow_an_order_and_whole_numbers():
    at_most = Tie(((0, 1), (1, -1)), least=-np.inf)
    assert Attacker((3, 9), (at_most,), frozenset({0})).limits(0) == (0, 9)
    assert Attacker((3, 9), (at_most,), frozenset({1})).limits(1) == (3, np.inf)
    twice = Tie(((0, 2), (1, 1), (2, -1)))  # 2 x + y = 7, and y is at most 1: x is 3, not 3.5
    y = Tie(((1, 1), (3, -1)), least=-np.inf)
    assert Attacker((3, 1, 7, 1), (twice, y), frozenset({0, 1})).limits(0) == (3, 3)


def test_a_cell_without_ties_is_anything():
    assert Attacker((3,), (), frozenset({0})).limits(0) == (0, np.inf)
    assert narrowed(Attacker((3,), (), frozenset({0})), [0]) == set()


def groups(people):
    sex, minority, _ = people
    found = [()] + [(("sex", v),) for v in SEX] + [(("minority", v),) for v in MINORITY]
    found += [(("sex", s), ("minority", m)) for s, m in product(SEX, MINORITY)]
    columns = {"sex": sex, "minority": minority}
    everybody = np.ones(len(sex), dtype=bool)
    masks = {g: np.logical_and.reduce([everybody, *(columns[a] == v for a, v in g)]) for g in found}
    return {g: mask for g, mask in masks.items() if mask.any()}


def published(people, scheme):
    """What a run shows of people: three tables, findings; and the condition that each count counts."""
    categories = people[2]
    masks = groups(people)
    label = {g: ", ".join(f"{a} = {v}" for a, v in g) or "everybody" for g in masks}
    cuts = [scheme.scale.boundary_label(k) for k in range(3)]
    by_category = [
        (label[g], int(m.sum()), *np.bincount(categories[m], minlength=4).tolist()) for g, m in masks.items()
    ]
    favoured = [
        (label[g], cuts[k], int((categories[m] > k).sum()), int(m.sum()), float((categories[m] > k).mean()))
        for g, m in masks.items()
        for k in range(3)
    ]
    tables = (
        Table("categories", "Categories", ("group", "rows", *CATEGORIES), tuple(by_category), "gap"),
        Table("four_fifths", "F", ("group", "boundary", "favoured", "rows", "share"), tuple(favoured), "ff"),
    )
    meant = [[(g, range(4)), *((g, (c,)) for c in range(4))] for g in masks]
    meant += [[(g, range(k + 1, 4)), (g, range(4))] for g in masks for k in range(3)]
    reference = max(masks, key=lambda g: (len(g) == 1, int(masks[g].sum())))
    findings = []
    for g, mask in masks.items():
        if len(g) == 1 and g != reference:
            n = int(mask.sum()), int(masks[reference].sum())
            effect = Effect("gap", 0.1, 0.0, 0.2, "SD of the score", 0.05)
            findings.append(Finding("gap", "difference", "flag", g, reference, n, "", effect))
            meant.append([(g, range(4)), (reference, range(4))])
    return tables, tuple(findings), meant


def told_apart(people, shown, meant, n):
    """Small counts that somebody who sees the shown ones can narrow, by counting kinds of people.

    Nothing of the package is used: the unknowns are the numbers of people of each sex, minority and category.
    """
    kinds = list(product(SEX, MINORITY, range(4)))

    def counted(group, categories):
        wanted = dict(group)
        return np.array(
            [
                float(wanted.get("sex", s) == s and wanted.get("minority", m) == m and c in categories)
                for s, m, c in kinds
            ]
        )

    sex, minority, category = people
    number = [int(((sex == s) & (minority == m) & (category == c)).sum()) for s, m, c in kinds]
    facts, hidden = [(np.ones(len(kinds)), n)], {}
    for visible, cells in zip(shown, meant, strict=True):
        for group, categories in cells:
            row = counted(group, categories)
            if visible:
                facts.append((row, row @ number))
            elif 0 < row @ number < 5:
                hidden[tuple(row)] = row
    matrix, value = np.array([row for row, _ in facts]), np.array([v for _, v in facts], dtype=float)
    known = LinearConstraint(matrix, value, value)
    found = 0
    for row in hidden.values():
        low, high = (
            milp(sign * row, integrality=np.ones(len(kinds)), constraints=known) for sign in (1.0, -1.0)
        )
        found += round(low.fun) > 1 or (high.x is not None and round(-high.fun) < 4)
    return found, len(hidden)


def draw(seed, n):
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.full(3, 0.7))
    return (
        rng.choice(SEX, n, p=[0.5, 0.5]),
        rng.choice(MINORITY, n, p=share),
        rng.choice(4, n, p=rng.dirichlet(np.full(4, 1.0))),
    )


def shown_by(tables, findings, scheme, n):
    disclosed = disclose(tables, findings, scheme, total=n)
    rows = [row for table in disclosed.tables for row in table.rows]
    return [None not in row for row in rows] + list(disclosed.told)


@settings(max_examples=6)
@given(seed=st.integers(0, 10**6), n=st.integers(20, 300))
def test_nobody_narrows_a_small_count(seed, n, on_closed):
    people = draw(seed, n)
    tables, findings, meant = published(people, on_closed)
    shown = shown_by(tables, findings, on_closed, n)
    found, hidden = told_apart(people, shown, meant, n)
    assert found == 0, f"{found} of {hidden} small counts can be told"
    # The package's own attacker agrees.
    counts = counts_of(tables, findings, on_closed, n)
    small = {c for row in counts.rows for c in row if 0 < counts.values[c] < 5}
    assert not narrowed(attacker_of(counts, blank_rows(counts)), small)


@pytest.fixture(scope="module")
def on_closed():
    from scs_ml.schemes import Scheme, load_scheme

    document = load_scheme("suining").model_dump()
    document["basis"] |= {"kind": "audit", "lawful_basis": "Regulation (EU) 2016/679, Article 6(1)(e)"}
    return Scheme.model_validate(document)


def test_blanking_small_rows_alone_is_broken(on_closed):
    """Primary suppression, as it is commonly done, gives nearly every small count back."""
    told = all_ = 0
    for seed in range(4):
        people = draw(seed, 250)
        tables, findings, meant = published(people, on_closed)
        rows = [row for table in tables for row in table.rows] + [each.n for each in findings]
        primary = [not any(isinstance(x, int) and 0 < x < 5 for x in row) for row in rows]
        found, hidden = told_apart(people, primary, meant, 250)
        told, all_ = told + found, all_ + hidden
        assert told_apart(people, shown_by(tables, findings, on_closed, 250), meant, 250)[0] == 0
    assert all_ > 20
    assert told > 0.8 * all_


def test_what_need_not_be_hidden_is_shown(on_closed):
    """Without small counts nothing is blank; with one, the largest groups stay."""
    people = draw(1, 100)
    tables = published(people, on_closed)[0]

    def no_small_count(row):
        counts = [each for each in row if isinstance(each, int)]
        # Of a table of favoured people and all people, those who are not favoured are a count as well.
        counts += [counts[1] - counts[0]] if len(counts) == 2 else []
        return not any(0 < each < 5 for each in counts)

    large = tuple(replace(t, rows=tuple(filter(no_small_count, t.rows))) for t in tables)
    full = [row for table in large for row in table.rows]
    assert disclose(large, (), on_closed).tables == large
    assert len(full) > 5
    table = Table(
        "t",
        "T",
        ("group", "rows"),
        tuple((f"minority = {v}", n) for v, n in zip("abcd", (2, 30, 400, 500), strict=True)),
    )
    assert [row[1] for row in disclose((table,), (), on_closed).tables[0].rows] == [None, None, 400, 500]


def test_the_same_people_are_hidden_whatever_the_order_of_groups(on_closed):
    rows = (("minority = a", 2), ("minority = b", 30), ("minority = c", 400))
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        table = Table("t", "T", ("group", "rows"), tuple(rows[at] for at in order))
        shown = dict(disclose((table,), (), on_closed).tables[0].rows)
        assert shown == {"minority = a": None, "minority = b": None, "minority = c": 400}
