"""The rows of a sweep: the best, seeds taken together, the table at the end, sweep.csv."""

import pytest

from nnrun.bundle.scores import DECIDED, NUMBERS, error
from nnrun.report.compare import MemberRow, as_csv, best, combinations, table
from nnrun.runs.tables import as_written

REGRESSION, CLASSIFICATION = NUMBERS[0], DECIDED[0]


def member(number, values, score=None, watched=REGRESSION, loss=0.5):
    """A row; one without a score has failed."""
    name = f"member {number}"
    if score is None:
        return MemberRow(number, name, values, "failed", watched, reason="loss, lost")
    metrics = {"val": {watched.name: score}, "test": {watched.name: score / 2}}
    summary = {**metrics, "val_loss": loss, "epochs": 3}
    return MemberRow(number, name, values, "done", watched, summary)


def test_the_best_has_the_greatest_score_and_of_equals_the_lower_loss():
    rows = [member(0, {}, 0.2), member(1, {}, 0.9, loss=0.3), member(2, {}, 0.9, loss=0.1)]

    assert best(rows) == rows[2]


def test_where_less_is_better_the_best_has_the_least():
    rows = [member(i, {"lr": i}, score, error("rmse")) for i, score in enumerate((3.0, 1.0, 2.0))]

    assert best(rows) == rows[1]
    assert [one.values["lr"] for one in combinations(rows)] == [1, 2, 0]


@pytest.mark.parametrize(
    "rows", [[member(0, {})], [member(0, {}, 0.1), member(1, {}, 0.9, CLASSIFICATION)]]
)
def test_nobody_is_the_best_without_scores_or_of_scores_that_cannot_be_compared(rows):
    assert best(rows) is None


def test_seeds_are_taken_together_and_failures_counted():
    values = [{"lr": lr, "seed": seed} for lr in (0.1, 0.2, 1e30) for seed in (0, 1)]
    scores = (0.2, 0.4, 0.8, None, None, None)
    rows = [member(i, own, scores[i]) for i, own in enumerate(values)]

    headings, lines = table(rows, ["r2", "rmse"], most=20)

    assert headings == ["lr", "val r2", "test r2", "seeds", "failed"]
    assert lines == [
        ["0.2", "0.8000", "0.4000", "1", "1"],
        ["0.1", "0.3000 ± 0.1414", "0.1500 ± 0.0707", "2", ""],
        ["1e+30", "–", "–", "0", "2"],
    ]


def test_the_table_has_no_more_lines_than_are_asked_for():
    rows = [member(i, {"lr": i, "model.widths": [8, i]}, i / 10) for i in range(5)]

    headings, lines = table(rows, [], most=2)

    assert headings == ["lr", "widths", "val r2"]
    assert lines == [["4", "8x4", "0.4000"], ["3", "8x3", "0.3000"]]


@pytest.mark.parametrize(("seeds", "first"), [((0, 1), "all seeds"), ((0,), "one member")])
def test_where_only_seeds_vary_the_table_says_so(seeds, first):
    _, (line,) = table([member(i, {"seed": i}, 0.5) for i in seeds], [], most=20)

    assert line[0] == first


def test_sweep_csv_has_a_line_for_each_member_whether_it_is_done_or_not():
    rows = [member(0, {"seed": 0}, 0.25), member(1, {"seed": 1})]

    assert as_csv(rows, ["r2"]).splitlines() == [
        "member,seed,status,val_r2,val_loss,best_epoch,epochs,test_r2,error",
        "member 0,0,done,0.25,0.5,,3,0.125,",
        'member 1,1,failed,,,,,,"loss, lost"',
    ]


def test_no_text_of_sweep_csv_is_computed_by_a_spreadsheet():
    row = MemberRow(0, "=a", {"@b": "+x", "c": -0.5}, "failed", REGRESSION, {}, "=HYPERLINK(1)")

    heading, cells = as_csv([row], []).splitlines()

    assert heading.startswith("member,'@b,c,status,")
    assert cells.startswith("'=a,'+x,-0.5,failed,")
    assert cells.endswith(",'=HYPERLINK(1)")
    assert [as_written(cell) for cell in ("'=a", "'tis", -0.5)] == ["=a", "'tis", -0.5]


def test_without_validation_rows_the_test_rows_rank_the_members_and_say_so():
    rows = [
        MemberRow(i, "", {"lr": i}, "done", REGRESSION, {"test": {"r2": score, "mae": 0.1}})
        for i, score in enumerate((0.2, 0.7))
    ]

    headings, lines = table(rows, ["r2", "mae"], most=20)

    assert best(rows) == rows[1]
    assert headings == ["lr", "test r2"]
    assert lines == [["1", "0.7000"], ["0", "0.2000"]]
    assert as_csv(rows, ["r2", "mae"]).startswith(
        "member,lr,status,test_r2,val_loss,best_epoch,epochs,test_mae,error\n"
    )


def test_without_test_rows_the_table_shows_none():
    rows = [
        MemberRow(i, "", {"lr": i}, "done", REGRESSION, {"val": {"r2": score, "e": {"median": 1}}})
        for i, score in enumerate((0.2, 0.7))
    ]

    headings, _ = table(rows, ["r2", "e.median"], most=20)

    assert headings == ["lr", "val r2", "val e.median"]


def test_members_ranked_by_different_rows_have_no_best():
    summaries = {"val": {"r2": 0.1}}, {"test": {"r2": 0.9}}
    rows = [MemberRow(i, "", {"x": i}, "done", REGRESSION, s) for i, s in enumerate(summaries)]

    assert best(rows) is None
    assert table(rows, [], most=20)[0] == ["x", "score"]


def test_scores_of_several_tasks_have_a_column_without_a_name_of_theirs():
    rows = [member(0, {"dataset": "a"}, 0.1), member(1, {"dataset": "b"}, 0.9, CLASSIFICATION)]

    headings, _ = table(rows, ["r2", "accuracy"], most=20)

    assert headings == ["dataset", "val score", "test r2", "test accuracy"]
    assert as_csv(rows, []).startswith("member,dataset,status,score_of,val_score,")


def test_scores_that_cannot_be_compared_are_ranked_apart_and_told_apart():
    rows = [member(i, {"folds": i % 2, "lr": i}, (0.5, 0.9, 0.7, 0.8, None)[i]) for i in range(5)]
    for row in rows[1:4:2]:
        row.summary.update(out_of_fold={"low": 0.1, "high": 1.0}, test=row.summary.pop("val"))

    headings, lines = table(rows, [], most=20)

    assert best(rows) is None
    assert headings[2] == "score"
    assert [line[1:3] for line in lines] == [
        ["2", "val r2 0.7000"],
        ["0", "val r2 0.5000"],
        ["1", "out of fold r2 0.9000"],
        ["3", "out of fold r2 0.8000"],
        ["4", "–"],
    ]
    assert ",status,score_of,score," in as_csv(rows, [])
