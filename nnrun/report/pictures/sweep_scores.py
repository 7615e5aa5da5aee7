"""What sweep.png shows: each choice of settings with its scores, and what the sweep was."""

from math import isfinite

from nnrun.report.compare import (
    MIXED,
    NAMES,
    Combination,
    MemberRow,
    best,
    combinations,
    ranking_part,
    score_name,
    unseeded,
)
from nnrun.report.numbers import count
from nnrun.report.pictures.score_board import Choice, ScoreBoard
from nnrun.report.pictures.setting_scores import setting_scores
from nnrun.report.scores import with_direction, written
from nnrun.report.ties import over, tied, uncertainty
from nnrun.report.titles import settings, settings_of

NAMED = 3  # choices of settings that failed


def picture(rows: list[MemberRow], data: str) -> bytes:
    """Draw sweep.png: the score against each varied setting."""
    return setting_scores(score_board(rows, data))


def score_board(rows: list[MemberRow], data: str) -> ScoreBoard:
    """Lay out the choices of settings, in the order in which they were asked for."""
    alone = not unseeded(rows[0])  # seeds are shown where nothing else varies
    every = [Combination(row.values, [row]) for row in rows] if alone else combinations(rows)
    scored = [one for one in every if one.scores]
    scored.sort(key=lambda one: min(row.member for row in one.members))
    score, watched = written_score(rows), [one.members[0].watched for one in scored]
    return ScoreBoard(
        choices=choices(every, scored, alone),
        score=with_direction(score, watched[0].better),
        better=watched[0].better,
        bounds=(min(own.lowest for own in watched), max(own.highest for own in watched)),
        title=f"{data}: {score} by {settings(rows)}",
        subtitle=counts(rows, every),
        uncertainty=over(max(scored, key=lambda one: len(one.scores))),
        best=place_of_best(rows, scored),
        seeds_alone=alone,
        repeats=every[0].repeats,
    )


def choices(every: list[Combination], scored: list[Combination], seeds_alone: bool) -> list[Choice]:
    """Give each combination with how uncertain its score is, and whether it is tied."""
    near = [False] * len(every) if seeds_alone else tied(every)
    near_of = {one.members[0].member: flag for one, flag in zip(every, near, strict=True)}
    made = []
    for one in scored:
        error = uncertainty(one)
        known = error if error is not None and isfinite(error) else None
        made.append(Choice(one.values, one.scores, known, near_of[one.members[0].member]))
    return made


def written_score(rows: list[MemberRow]) -> str:
    """Write what ranks the members: validation R²."""
    part, score = ranking_part(rows), score_name(rows)
    return written(score) if part == MIXED else f"{NAMES.get(part, part)} {written(score)}"


def counts(rows: list[MemberRow], every: list[Combination]) -> str:
    """Count members, seeds and failures."""
    told = [count(len(rows), "member")]
    many = sorted({len(one.members) for one in every})
    if many[-1] > 1:
        between = " to ".join(map(str, dict.fromkeys([many[0], many[-1]])))
        told.append(f"{between} {every[0].repeats}s each")
    failed = sum(row.status == "failed" for row in rows)
    if failed:
        told.append(f"{failed} failed: {failures(every)}")
    return ", ".join(told)


def failures(every: list[Combination]) -> str:
    """Name the first choices of settings of which members failed."""
    lost = [one for one in every if any(row.status == "failed" for row in one.members)]
    told = [settings_of(one) for one in lost[:NAMED]]
    more = len(lost) - len(told)
    return "; ".join([*told, f"{more} more"] if more else told)


def place_of_best(rows: list[MemberRow], scored: list[Combination]) -> tuple[int, float] | None:
    """Find the choice that the best member is of, and the member's score."""
    leader = best(rows)
    if leader is None or leader.score is None:
        return None
    places = range(len(scored))
    return next(i for i in places if leader in scored[i].members), leader.score
