"""Which class was taken for which, drawn as a table of colours; and the surest mistakes."""

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from nnrun.report.metric_tables import Table
from nnrun.report.numbers import count, number, share
from nnrun.report.pages.svg import LETTER, cut, drawing, tag, text
from nnrun.runs.predictions import Predictions

MOST = 40  # classes that are drawn
NUMBERED = 16  # and whose cells have numbers
SIDE = 520
LONGEST = 96  # units beside the drawing for the names
WORST = 10
Pairs = Counter[tuple[str, str]]  # how often a class was taken for one


def pairs_of(said: Predictions) -> Pairs:
    """Count how often each class was taken for each."""
    return Counter(zip(said.true[0], said.predicted[0], strict=True))


def confusion(pairs: Pairs, classes: Sequence[str]) -> Markup:
    """Draw true classes as rows and predicted ones as columns; nothing where they are too many."""
    many = len(classes)
    if not 1 < many <= MOST:
        return Markup("")
    edge = min(LONGEST, 24 + LETTER * max(map(len, classes)))
    cell = min(64.0, (SIDE - edge) / many)
    of_class = [max(1, sum(pairs[name, other] for other in classes)) for name in classes]
    made = []
    for down, true in enumerate(classes):
        for across, taken in enumerate(classes):
            part = pairs[true, taken] / of_class[down]
            place = edge + across * cell, edge + down * cell
            made.append(square(place, cell, pairs[true, taken], part, true == taken))
            if many <= NUMBERED and pairs[true, taken]:
                made.append(numeral(place, cell, pairs[true, taken], part))
    side = edge + cell * many
    label = f"{count(many, 'class')}: true ones as rows, predicted ones as columns"
    return drawing(side + 8, side + 8, label, *made, *names(classes, cell, edge), kind="confusion")


def square(place: tuple[float, float], cell: float, many: int, part: float, right: bool) -> Markup:
    """Colour a cell by the share of its class that it has."""
    look = "right" if right else "wrong"
    x, y = place
    size = {"width": cell - 1.5, "height": cell - 1.5, "rx": min(3.0, cell / 8)}
    opacity = f"{0.2 + 0.8 * part:.2f}" if many else "0.05"
    return tag("rect", x=x, y=y, class_=look, fill_opacity=opacity, **size)


def numeral(place: tuple[float, float], cell: float, many: int, part: float) -> Markup:
    look = "on" if part > 0.5 else "off"
    middle = cell / 2 - 0.75
    return text(place[0] + middle, place[1] + middle + 4, f"{many:,}", look, "middle")


def names(classes: Sequence[str], cell: float, edge: float) -> list[Markup]:
    """Write the classes beside rows and above columns, as far as there is room."""
    every = max(1, round(13 / cell))
    slanted = LETTER * max(map(len, classes)) > cell
    made = []
    for place in range(0, len(classes), every):
        middle, words = edge + (place + 0.5) * cell, cut(classes[place], edge - 12)
        made.append(text(edge - 8, middle + 4, words, "tick", "end"))
        if slanted:
            turned = f"rotate(-60 {middle:.1f} {edge - 8:.1f})"
            place_of = {"x": float(middle), "y": float(edge - 8), "transform": turned}
            made.append(tag("text", words, class_="tick", **place_of))
        else:
            made.append(text(middle, edge - 8, words, "tick", "middle"))
    return made


def told(said: Predictions) -> str:
    """Say how many rows are right, and which share of their weights that is."""
    right = [true == taken for true, taken in zip(said.true[0], said.predicted[0], strict=True)]
    total, many = len(right), sum(right)
    found = f"{many:,} of {count(total, 'row')} are right, {share(many / max(1, total))}"
    if not said.weights:
        return found
    weight = sum(counts for counts, is_right in zip(said.counted, right, strict=True) if is_right)
    return f"{found}; by their weights {share(weight / max(1, total))}"


def usual_mistakes(pairs: Pairs) -> Table:
    """Tell what is mistaken most often."""
    wrong = [(pair, many) for pair, many in pairs.most_common() if pair[0] != pair[1]]
    of_class: Counter[str] = Counter()
    for (true, _), many in pairs.items():
        of_class[true] += many
    rows = [
        [true, taken, f"{many:,}", share(many / of_class[true])]
        for (true, taken), many in wrong[:WORST]
    ]
    return ["true", "taken for", "times", "of the class"], rows


def surest_mistakes(said: Predictions) -> Table:
    """Tell the mistakes that the network was surest about."""
    chances = [chance(text) for text in said.sure] or [0.0] * len(said.rows)
    places = range(len(said.rows))
    wrong = [place for place in places if said.true[0][place] != said.predicted[0][place]]
    wrong.sort(key=lambda place: -chances[place])
    rows = [
        [
            said.rows[place],
            said.true[0][place],
            said.predicted[0][place],
            number(chances[place]) if said.sure else "",
        ]
        for place in wrong[:WORST]
    ]
    return ["row", "true", "predicted", "probability"], rows


def chance(told: str) -> float:
    """Read a probability; 0 where it is no number."""
    try:
        return float(told)
    except ValueError:
        return 0.0
