"""nnrun ensemble: members of a sweep that answer together, in a folder of their own."""

from pathlib import Path

from nnrun import tasks
from nnrun.config.experiment import Experiment
from nnrun.errors import Mistake, Problem, listing
from nnrun.report.metric_tables import ROWS, comparison
from nnrun.report.numbers import number
from nnrun.report.run_lines import show_found
from nnrun.report.screen import Screen
from nnrun.runs.commands import shown, typed, working_in
from nnrun.runs.comparison import changed_data
from nnrun.runs.entries import flat
from nnrun.runs.finding import TrainingFolder
from nnrun.runs.folder import RunFolder, claim_folder
from nnrun.runs.ledger import Ledger
from nnrun.runs.lock import claimed
from nnrun.runs.opening import open_ledger
from nnrun.runs.record import command, end_record
from nnrun.runs.summary import judged_by, read_summary
from nnrun.runs.whole import gone_unless_whole
from nnrun.sweeps.leading import beginning
from nnrun.training.averaging import Candidate, Choice, begin_average, write_average
from nnrun.training.rebuilding import rebuilt

DATA = "data_sha256"  # in run.json
NAMED = 3  # members of a kind


def average(sweep: Path, out: str, words: list[str], screen: Screen) -> Path:
    """Choose among the members that are done, and leave their mean in a new folder."""
    lines: list[str] = []
    screen.log = lines.append  # until there is a folder, as nothing is left where nothing is chosen
    ledger = open_ledger(sweep.resolve())
    members = usable(ledger, screen)
    refuse_other_rows(ledger, members)
    with working_in(beginning(ledger)):
        experiment = experiment_of(ledger, members)
    candidates = [Candidate(ledger.names[i], ledger.folder(i)) for i in members]
    with screen.waiting("choosing"):
        choice = Choice(candidates, experiment)
    show_choice(screen, choice)
    folder = claim_folder(out)
    screen.log = folder.log
    for line in lines:
        folder.log(line)
    again = command([], words)
    with claimed(folder.path), gone_unless_whole(folder.path, again, screen.say):
        fill(choice, folder, sweep, words, screen)
    return folder.path


def fill(choice: Choice, folder: RunFolder, sweep: Path, words: list[str], screen: Screen) -> None:
    """Write the folder, and tell what it came to."""
    record = begin_average(choice, folder, shown(sweep), words)
    with screen.waiting("metrics"):
        summary = write_average(choice, folder)
    show_summary(screen, choice, summary)
    screen.pair("folder", shown(folder.path))
    end_record(folder, record, "done", choice.verdict)


# Which members


def usable(ledger: Ledger, screen: Screen) -> list[int]:
    """List the members that are done and whole, and tell of the others."""
    failed = ledger.failures()
    told: dict[str, list[str]] = {}  # names by what is wrong
    done = []
    for member, name in enumerate(ledger.names):
        if not ledger.done(member):
            told.setdefault("failed" if member in failed else "not done", []).append(name)
        elif damaged := ledger.damage(member):
            told.setdefault(damaged, []).append(name)
        else:
            done.append(member)
    screen.pair("members", f"{len(done)} of {len(ledger.names)} can be averaged")
    for wrong, names in told.items():
        screen.pair("", f"left out: {listing(names, NAMED)} ({wrong})")
    if not done:
        advice = f"train them first: nnrun resume {typed(ledger.path)}"
        raise Mistake(
            Problem(shown(ledger.path), None, "no member of it is done and whole", advice)
        )
    return done


def refuse_other_rows(ledger: Ledger, members: list[int]) -> None:
    """Stop where members learnt from different rows, as the test rows of one taught another."""
    digests = {member: ledger.record(member).get(DATA) for member in members}
    first = members[0]
    others = [member for member in members if digests[member] != digests[first]]
    if not others:
        return
    names = listing([ledger.names[member] for member in others], NAMED)
    keys = listing(data_settings_apart(ledger, first, others[0]))
    told = f"learnt from other rows than {names}" + (f" ({keys})" if keys else "")
    advice = "the rows that judge one taught another: average a sweep that varies no rows"
    raise Mistake(Problem(ledger.names[first], None, told, advice))


def data_settings_apart(ledger: Ledger, one: int, other: int) -> list[str]:
    """List the settings of the data in which two members differ."""
    ours, theirs = (flat({"dataset": ledger.jobs[i].config["dataset"]}) for i in (one, other))
    return [key for key in {**ours, **theirs} if ours.get(key) != theirs.get(key)]


def experiment_of(ledger: Ledger, members: list[int]) -> Experiment:
    """Build the experiment of the best member, whose rows are those of all."""
    best = TrainingFolder(ledger.path).run
    leading = [member for member in members if best and ledger.names[member] == best.name]
    member = (leading or members)[0]
    experiment, record = rebuilt(ledger.jobs[member]), ledger.record(member)
    if record.get(DATA) != experiment.digest:
        wrong = changed_data(record, experiment.data.files)
        raise Mistake(Problem(shown(ledger.path), None, wrong, "bring them back, or sweep anew"))
    return experiment


# What is told


def show_choice(screen: Screen, choice: Choice) -> None:
    """Tell who was chosen, and by what."""
    score = choice.score.name
    rows = [[one["name"], str(one["count"]), number(one[f"val_{score}"])] for one in choice.told()]
    screen.table(["chosen on the validation rows", "times", f"{score} alone"], rows)


def show_summary(screen: Screen, choice: Choice, summary: dict) -> None:
    """Put what the mean reaches beside the best member alone."""
    part, alone = judged_by(summary), read_summary(choice.best.folder)
    beside = {"best member": alone.get(part, {}), **summary["baselines"]}
    headlines = tasks.headlines_in([summary[part]], [summary["score"]["name"]])
    error = summary["standard_error"].get(part)
    title = f"on the {ROWS[part]}"
    (first, _, *others), rows = comparison(title, summary[part], beside, headlines, error)
    screen.table([first, "mean", *others], rows)
    show_found(screen, summary, headlines)
    screen.pair("verdict", summary["verdict"])
