from __future__ import annotations

import pytest

SMALL = ("experiment", "--people", 400, "--periods", 3, "--replicates", 3, "--workers", 1)


@pytest.fixture(scope="module")
def spoken(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("experiment")
    return run(*SMALL, "--feedback", 1, "--plant", "none", cwd=folder), folder


def test_it_answers_in_sentences_and_leaves_a_page(spoken):
    done, folder = spoken
    assert done.code == 0
    assert "- After 3 quarters (feedback 1, list, all areas), the gap between minority=yes and" in done.out
    assert "without the score's feedback it would be" in done.out
    assert "3 counties of 400 invented people, nothing planted; effects assumed." in done.out
    assert "counties" in done.err
    page = folder / "data" / "runs" / "experiment-0" / "experiment.html"
    assert page.is_file() and "page: data/runs/experiment-0/experiment.html" in done.out


def test_json_holds_sentences_and_tables(run, tmp_path):
    done = run(
        *SMALL, "--no-cross-domain", "--minimum-stay", 2, "--plant", "direct_use=0.2", "--plant",
        "conduct_gap=0.2", "--attribute", "sex", "--seed", 3, "--out", "x", "--json", cwd=tmp_path,
    )  # fmt: skip
    assert done.code == 0
    record = done.record
    assert record["seed"] == 3 and record["page"] == "x/experiment.html"
    assert set(record["tables"]) == {"comparison", "gaps", "groups", "spells", "policies"}
    policies = record["tables"]["policies"]
    assert [row["policy"] for row in policies] == [
        "feedback 0.5, list, own area",
        "feedback 1, list, own area",
    ]
    assert all(row["minimum_stay"] == 2 and row["cross_domain"] == 0 for row in policies)
    assert any("sex=female" in said for said in record["answer"])


def test_no_list_is_no_list(run, tmp_path):
    done = run(*SMALL, "--no-listing", "--json", cwd=tmp_path)
    assert all(
        row["value"] == 0 for row in done.record["tables"]["groups"] if row["measure"] == "listed ever"
    )
    assert not any("on the list" in said for said in done.record["answer"])


@pytest.mark.parametrize(
    "wrong, told",
    [
        (("--plant", "over_policing"), "no strength"),
        (("--plant", "witchcraft=0.1"), "witchcraft"),
        (("--plant", "none", "--plant", "direct_use=0.1"), "no strength"),
        (("--people", 200, "--plant", "none"), "the least that is measured"),
        (("--replicates", 2), "replicates"),
        (("people.csv",), "people.csv"),
    ],
)
def test_bad_input_is_told_and_nothing_is_written(run, tmp_path, wrong, told):
    """The last: it takes no table, so that nobody real can be experimented on."""
    done = run(*SMALL, *wrong, cwd=tmp_path)
    assert done.code == 2 and told in done.err
    assert not list(tmp_path.iterdir())


def test_a_folder_of_something_else_is_refused_before_the_work(run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    done = run(*SMALL, "--out", "mine", cwd=tmp_path)
    assert done.code == 2 and "something else" in done.err and "counties" not in done.err
