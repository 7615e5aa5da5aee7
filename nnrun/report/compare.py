"""What a sweep came to: a row for each member, seeds taken together, the best."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from statistics import mean, stdev
from types import MappingProxyType
from typing import Any

from nnrun.report.metric_tables import Table
from nnrun.report.numbers import number, within
from nnrun.report.scores import Watched
from nnrun.runs.ledger import Failure, Ledger
from nnrun.runs.names import as_text, exact, short_key, value_of, varied
from nnrun.runs.summary import PARTS, RANKED, judged_by, metric_at, ranked_by
from nnrun.runs.tables import line, no_formula

FOLD = "dataset.split.fold"
SEEDS = ("seed", "dataset.split.seed", FOLD)
MIXED = "score"  # what is said for the score where members have different ones
NAMES = {"val": "validation", "train": "training"}
STATED = ("member", "status", "error")  # of each line of sweep.csv
OUT_OF_FOLD = "out of fold"
LEARNT = ("val_loss", "best_epoch", "epochs")  # of a summary
NONE_KNOWN: Mapping[int, dict] = MappingProxyType({})


@dataclass(frozen=True)
class MemberRow:
    """A member: what is its own, and how it did."""

    member: int
    name: str
    values: dict[str, Any]  # of the varied settings
    status: str  # done, failed, or missing
    watched: Watched
    summary: dict = field(default_factory=dict)
    reason: str = ""  # why it failed
    cause: str = ""  # that by kind

    @property
    def part(self) -> str:
        """The part of the rows by which it is ranked: val, unless there are no such rows."""
        return ranked_by(self.summary)

    @property
    def score(self) -> float | None:
        """The score of these rows, at the best epoch."""
        return self.metric(self.part, self.watched.name)

    @property
    def rank(self) -> float:
        """The score, turned so that less is better."""
        return inf if self.score is None else -self.watched.better * self.score

    @property
    def kind_of_score(self) -> str:
        """Tell what is compared by it: scores of other rows or another name are of another kind."""
        if self.score is None:
            return ""
        quantile = self.watched.share_below
        of = "" if quantile is None else f" of {quantile:g}"
        return f"{OUT_OF_FOLD if self.over_folds else self.part} {self.watched.name}{of}"

    @property
    def standard_error(self) -> float | None:
        """The uncertainty of its score for so few rows."""
        return self.summary.get("standard_error", {}).get(self.part)

    @property
    def over_folds(self) -> dict:
        """How the score differs from fold to fold, and where its mean is; nothing without folds."""
        return self.summary.get("out_of_fold", {})

    @property
    def loss(self) -> float:
        """The validation loss, which parts equals."""
        loss = self.summary.get("val_loss")
        return inf if loss is None else loss

    def metric(self, part: str, path: str) -> float | None:
        """Look up a metric of a part of the rows."""
        return metric_at(self.summary.get(part, {}), path)


def rows(
    ledger: Ledger, scores: Sequence[Watched], known: Mapping[int, dict] = NONE_KNOWN
) -> list[MemberRow]:
    """Read all members of a sweep, in their order; each has the score that ranks it.

    Summaries that are known are not read.
    """
    keys, failures = varied(ledger.jobs), ledger.failures()
    made = []
    for member, (name, job) in enumerate(zip(ledger.names, ledger.jobs, strict=True)):
        status = "failed" if member in failures else "missing"
        summary = {}
        if ledger.done(member):
            status, summary = "done", known.get(member) or ledger.summary(member)
        values = {key: value_of(job, key) for key in keys}
        why = failures.get(member, Failure())
        made.append(MemberRow(member, name, values, status, scores[member], summary, *why))
    return made


def best(rows: list[MemberRow]) -> MemberRow | None:
    """Find the best member of the settings with the best mean; of equals that of the lower loss.

    There is none where R² would have to be compared with accuracy, or what was told of validation
    rows with what was told out of fold.
    """
    if len(kinds_of_scores(rows)) != 1:
        return None
    first = [row for row in combinations(rows)[0].members if row.score is not None]
    return min(first, key=lambda row: (row.rank, row.loss))


def kinds_of_scores(rows: Sequence[MemberRow]) -> list[str]:
    """List the kinds of scores, of which each can be compared with its own alone."""
    return [*dict.fromkeys(row.kind_of_score for row in rows if row.kind_of_score)]


def score_name(rows: list[MemberRow]) -> str:
    """Tell what the score is, where all members have the same."""
    scores = {row.watched for row in rows if row.score is not None}
    return scores.pop().name if len(scores) == 1 else MIXED


def ranking_part(rows: list[MemberRow]) -> str:
    """Tell by which part of the rows members are ranked, where it is the same for all."""
    parts = {row.part for row in rows if row.score is not None} or {RANKED[0]}
    return parts.pop() if len(parts) == 1 else MIXED


def judging_part(rows: list[MemberRow]) -> str:
    """Tell of which part of the rows tables show metrics: test, if any member has such rows."""
    known = [judged_by(row.summary) for row in rows if row.summary]
    return min(known, key=PARTS.index, default=PARTS[0])


def score_heading(rows: list[MemberRow]) -> str:
    """Tell what ranks the members: val r2."""
    part, name = ranking_part(rows), score_name(rows)
    unlike = len(kinds_of_scores(rows)) > 1 and name != MIXED
    return MIXED if unlike or part == MIXED else f"{part} {name}"


def judged_paths(rows: list[MemberRow], paths: list[str]) -> list[str]:
    """Leave out the score's own path where the rows that rank the members judge them, too."""
    if judging_part(rows) != ranking_part(rows):
        return paths
    return [path for path in paths if path != score_name(rows)]


def repeats(keys: Iterable[str]) -> str:
    """Name what parts members of the same settings: seeds, folds, or runs that differ in both."""
    parting = [key for key in SEEDS if key in keys]
    if FOLD not in parting:
        return "seed"
    return "fold" if parting == [FOLD] else "run"


def unseeded(row: MemberRow) -> dict[str, Any]:
    """Give a member's values without the seeds."""
    return {key: value for key, value in row.values.items() if key not in SEEDS}


def as_csv(rows: list[MemberRow], paths: list[str]) -> str:
    """Write sweep.csv with some test metrics; without times, so that it can be made again."""
    part, paths = judging_part(rows), judged_paths(rows, paths)
    score = score_heading(rows).replace(" ", "_")
    ends = ("low", "high") if any(row.over_folds for row in rows) else ()
    unlike = [f"{MIXED}_of"] if len(kinds_of_scores(rows)) > 1 else []
    scores = [*unlike, score, *(f"{score}_{end}" for end in ends), *LEARNT]
    scores += [f"{part}_{path}" for path in paths]
    lines = [line(map(no_formula, ["member", *rows[0].values, "status", *scores, "error"]))]
    for row in rows:
        values = [as_text(value) for value in row.values.values()]
        judged = [row.metric(part, path) for path in paths]
        over = [row.over_folds.get(end) for end in ends]
        numbers = [row.score, *over, *map(row.summary.get, LEARNT), *judged]
        kind = [row.kind_of_score] if unlike else []
        cells = [row.name, *values, row.status, *kind, *map(digits, numbers), row.reason]
        lines.append(line(map(no_formula, cells)))
    return "".join(lines)


def digits(value: float | None) -> str:
    """Write a number with all its digits; nothing where there is none."""
    return "" if value is None else f"{value:.9g}"


# The table


@dataclass(frozen=True)
class Combination:
    """Members that differ in nothing but seeds."""

    values: dict[str, Any]
    members: list[MemberRow]

    @property
    def scores(self) -> list[float]:
        return [row.score for row in self.members if row.score is not None]

    @property
    def rank(self) -> float:
        ranks = [row.rank for row in self.members if row.score is not None]
        return mean(ranks) if ranks else inf

    @property
    def kind_of_score(self) -> str:
        return next(filter(None, (row.kind_of_score for row in self.members)), "")

    @property
    def loss(self) -> float:
        return mean([row.loss for row in self.members if row.score is not None] or [inf])

    def metrics(self, part: str, path: str) -> list[float]:
        values = (row.metric(part, path) for row in self.members)
        return [value for value in values if value is not None]

    @property
    def repeats(self) -> str:
        """What its members are: seeds, folds or runs."""
        return repeats(self.members[0].values)

    @property
    def every(self) -> str:
        """What it is called where no setting tells it from others."""
        return f"all {self.repeats}s"

    def lost(self) -> int:
        """Count the members that are not done."""
        return sum(row.status != "done" for row in self.members)


def combinations(rows: list[MemberRow]) -> list[Combination]:
    """Group members by all but the seeds: the best mean first, those that all failed last.

    Of equal means the one with the lower loss is first. What cannot be compared is ranked apart.
    """
    grouped: dict[str, list[MemberRow]] = {}
    for row in rows:
        grouped.setdefault(exact(unseeded(row)), []).append(row)
    made = [Combination(unseeded(members[0]), members) for members in grouped.values()]
    kinds = [*kinds_of_scores(rows), ""]
    return sorted(made, key=lambda one: (kinds.index(one.kind_of_score), one.rank, one.loss))


Column = tuple[str, list[str]]  # its heading, and a text for each combination


def table(rows: list[MemberRow], paths: list[str], most: int, marks: Sequence[str] = ()) -> Table:
    """Lay out the headings and the first rows of the table at the end, with a mark on each."""
    scores = {row.watched.name for row in rows}
    medians = [path for path in paths if path.endswith("median")]
    shown_paths = [path for path in paths if path in scores] + medians[:1]
    every = combinations(rows)
    shown = every[:most]
    columns = [
        *setting_columns(shown),
        *score_columns(rows, shown_paths, shown),
        *count_columns(every, shown),
        *([("", [*marks[:most]])] if any(marks) else []),
    ]
    headings = [heading for heading, _ in columns]
    texts = [texts for _, texts in columns]
    return headings, [list(line) for line in zip(*texts, strict=True)]


def setting_columns(shown: list[Combination]) -> list[Column]:
    """Show the varied settings; where only seeds vary, one column says so."""
    keys = list(shown[0].values)
    if not keys:
        return [("", [shown[0].every if len(shown[0].members) > 1 else "one member"])]
    return [(short_key(key, keys), [as_text(one.values[key]) for one in shown]) for key in keys]


def score_columns(
    rows: list[MemberRow], paths: list[str], shown: list[Combination]
) -> list[Column]:
    """Show the score that ranks the members, and some metrics of the rows that judge them."""
    unlike = len(kinds_of_scores(rows)) > 1
    columns = [(score_heading(rows), [score_text(one, unlike) for one in shown])]
    if any(row.over_folds for row in rows):
        columns.append(("95 % over folds", [interval(one) for one in shown]))
    part = judging_part(rows)
    for path in judged_paths(rows, paths):
        columns.append((f"{part} {path}", [spread(one.metrics(part, path)) for one in shown]))
    return columns


def score_text(one: Combination, unlike: bool) -> str:
    """Write a score; of which kind it is, where the heading cannot say it for all."""
    text = spread(one.scores)
    return f"{one.kind_of_score} {text}" if unlike and one.scores else text


def interval(one: Combination) -> str:
    """Write where the mean over folds is of the only member; several tell their seeds' spread."""
    told = one.members[0].over_folds
    if len(one.members) > 1 or not told:
        return ""
    return f"{number(told['low'])} to {number(told['high'])}"


def count_columns(every: list[Combination], shown: list[Combination]) -> list[Column]:
    """Count seeds and failures, where there are any."""
    columns = []
    if any(len(one.members) > 1 for one in every):
        columns.append((f"{every[0].repeats}s", [str(len(one.scores)) for one in shown]))
    if any(one.lost() for one in every):
        columns.append(("failed", [str(one.lost() or "") for one in shown]))
    return columns


def spread(numbers: list[float]) -> str:
    """Write a number, or the mean of several and their standard deviation."""
    if len(numbers) < 2:
        return number(numbers[0] if numbers else None)
    return within(mean(numbers), stdev(numbers))
