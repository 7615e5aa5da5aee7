"""What the pictures show: figures are looked at before they become files."""

import itertools
import math
import re
from textwrap import wrap
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection

from nnrun.bundle.scores import DECIDED, NUMBERS, POINT
from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.dataset.split import SplitRows
from nnrun.report.metric_tables import ROWS as ROW_NAMES
from nnrun.report.numbers import number
from nnrun.report.pictures import (
    class_pictures,
    fits,
    line_picture,
    map_paths,
    run_curves,
    setting_scores,
    sweep_curves,
    workspace,
)
from nnrun.report.pictures.figure import (
    EIGHT,
    balanced,
    blank,
    box,
    crowd,
    drawn_in,
    emptiest_corner,
    explain,
    shares_of,
)
from nnrun.report.pictures.loss_panels import Arrangement, History, Line, Panel
from nnrun.report.pictures.page import lay_out
from nnrun.report.pictures.score_board import Choice, ScoreBoard
from nnrun.runs.epochs import EpochRecord
from nnrun.tasks.classification import Classification
from nnrun.tasks.interface import FinishedRun
from nnrun.tasks.landscape import Landscape

DRAWING = (
    class_pictures,
    sweep_curves,
    map_paths,
    fits,
    line_picture,
    workspace,
    setting_scores,
    run_curves,
)
WIDE = 10  # inches that can still be read on a page of 6.5


@pytest.fixture(scope="module", autouse=True)
def figures():
    """Each picture is the figure itself."""
    with pytest.MonkeyPatch.context() as patch:
        for module in DRAWING:
            patch.setattr(module, "png", lambda figure: figure)
        yield


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def epochs(*columns):
    """Epochs with these training losses, validation losses and scores."""
    return [EpochRecord(i + 1, *line, 0, 0) for i, line in enumerate(zip(*columns, strict=True))]


def history(*losses, train=None, failed=False):
    """A member with these validation losses; training losses are half of them unless given."""
    train = train or [loss / 2 for loss in losses]
    return History(
        [
            EpochRecord(i + 1, *both, 0, 0, 0)
            for i, both in enumerate(zip(train, losses, strict=True))
        ],
        failed,
    )


def laid_out(figure):
    """Give everything its place, as a file has it."""
    lay_out(figure, figure.canvas.get_renderer())
    figure.draw_without_rendering()


def words(figure):
    """What the legend of a figure says, wherever it is."""
    boxes = [*figure.legends, *(own for axes in figure.axes if (own := axes.get_legend()))]
    return [text.get_text() for box in boxes for text in box.get_texts()]


def heights(axes):
    """The counts and the edges of a histogram."""
    (stairs,) = axes.patches
    counts, edges, _ = stairs.get_data()
    return counts, edges


def lines_of(named):
    """A look for each name on panels."""
    names = list(dict.fromkeys(name for panel in named for name in panel))
    return [Line(name, place % 8, place // 8) for place, name in enumerate(names)]


def overlay(panels, **more):
    """The picture of losses."""
    lines = lines_of([panel.lines for panel in panels])
    return sweep_curves.sweep_curves(Arrangement(panels, lines, **more))


def walks(panels):
    """The picture of paths."""
    lines = lines_of([panel.paths for panel in panels])
    labels = {line.name: f"{line.name}, 0.1 / 0.2" for line in lines}
    return map_paths.map_paths(map_paths.Walks(panels, lines, labels, "title", legend="heading"))


def drawn(axes):
    """The lines of a panel that have a place in it, each as rows of x and y."""
    return [line.get_xydata() for line in axes.lines]


def hilly(frame=((-2, 2), (-1, 3)), start=(-1.5, 2.0), goal=(1.0, 0.0)):
    """A bowl with its goal at the bottom."""

    def height(x, y):
        return (x - goal[0]) ** 2 + (y - goal[1]) ** 2

    return SimpleNamespace(height=height, start=start, goal=goal, frame=frame)


def course(*columns, best=3, score=NUMBERS[0], networks=1):
    """A run with these training losses, validation losses and scores."""
    about = best, "validation loss", score, "mse", "a run", networks
    return run_curves.run_curves(run_curves.Course(epochs(*columns), *about))


class TestCurves:
    def test_the_best_epoch_is_marked_where_it_is_on_both_panels(self):
        figure = course([4, 2, 1, 0.5], [5, 3, 2, 2.5], [0.1, 0.4, 0.6, 0.5])

        for axes in figure.axes:
            marks = [line for line in axes.lines if line.get_label() == "epoch 3, which is kept"]
            assert [list(mark.get_xdata()) for mark in marks] == [[3, 3]]
        assert figure.get_suptitle() == "a run\nthe best epoch by validation loss"

    def test_of_networks_that_each_keep_an_epoch_the_midst_is_marked(self):
        figure = course([4, 2, 1, 0.5], [5, 3, 2, 2.5], [0.1, 0.4, 0.6, 0.5], networks=5)

        marked = [line.get_label() for line in figure.axes[0].lines][-1]
        assert marked == "epoch 3,\nthe median of those kept"
        assert figure.get_suptitle() == "a run\nthe best epoch of each network by validation loss"

    def test_losses_and_score_stand_above_their_epochs(self):
        figure = course([4, 2, 0.9], [5, 3, 2], [0.1, 0.4, 0.6])

        left, right = figure.axes
        assert [list(map(tuple, line)) for line in drawn(left)[:2]] == [
            [(1, 4), (2, 2), (3, 0.9)],
            [(1, 5), (2, 3), (3, 2)],
        ]
        assert list(map(tuple, drawn(right)[0])) == [(1, 0.1), (2, 0.4), (3, 0.6)]
        assert (left.get_yscale(), left.get_ylabel()) == ("log", "loss (mse)")
        assert right.get_ylabel() == "R²"

    def test_losses_that_differ_little_are_not_drawn_over_decades(self):
        assert course([4, 3, 2], [5, 4, 3], [0.1, 0.4, 0.6]).axes[0].get_yscale() == "linear"

    def test_the_axis_of_the_score_ends_where_it_can_be_and_leaves_out_what_is_lost(self):
        _, right = course([4, 2, 1, 1, 1], [5, 3, 2, 2, 2], [-1e6, 0.1, 0.98, 0.99, 1.0]).axes

        low, high = right.get_ylim()
        assert 0 < low < 0.1
        assert high == 1

    def test_a_score_of_which_less_is_better_says_so(self):
        rmse = NUMBERS[1]

        _, right = course([4, 2, 1], [5, 3, 2], [1e9, 3.0, 2.0], score=rmse).axes

        assert right.get_ylabel() == "RMSE (less is better)"
        assert 0 <= right.get_ylim()[0] < 2
        assert 3 < right.get_ylim()[1] < 100

    def test_without_validation_rows_the_losses_stand_alone_and_the_last_epoch_is_kept(self):
        nothing = [math.nan] * 3

        figure = course([4, 2, 1], nothing, nothing)

        assert len(figure.axes) == 1
        assert figure.get_suptitle() == "a run\nno rows validate, so the last epoch is kept"


def board(choices, **more):
    """The scores of a sweep: settings, the scores of their seeds, and perhaps an uncertainty."""
    made = [Choice(*choice) for choice in choices]
    about = {"score": "validation R²", "better": 1, "bounds": (-math.inf, 1), "title": "title"}
    rest = {"subtitle": "members", "uncertainty": "3 seeds", "best": None}
    return ScoreBoard(choices=made, **{**about, **rest, **more})


def marked(axes, size):
    """Where marks of a size are drawn."""
    marks = [own for own in axes.collections if isinstance(own, PathCollection)]
    own = [own for own in marks if own.get_sizes()[0] == size]
    return sorted(tuple(place) for some in own for place in some.get_offsets().tolist())


def dots(axes):
    """Where the means of choices are drawn."""
    return marked(axes, setting_scores.DOT)


class TestSweep:
    def test_each_setting_has_its_scores_and_the_best_has_a_star(self):
        choices = [
            ({"a": 1, "b": "x", "c": 1}, [0.5], None),
            ({"a": 2, "b": "y", "c": 1}, [0.9], None),
            ({"a": 3, "b": "x", "c": 2}, [0.7], None),
        ]

        figure = setting_scores.setting_scores(board(choices, best=(1, 0.9)))

        panels = {axes.get_xlabel(): axes for axes in figure.axes if axes.get_xlabel()}
        assert list(panels) == ["a", "b", "c"]
        assert dots(panels["a"]) == [(1, 0.5), (2, 0.9), (3, 0.7)]
        assert [(round(x), y) for x, y in dots(panels["b"])] == [(0, 0.5), (0, 0.7), (1, 0.9)]
        assert marked(panels["a"], setting_scores.STAR) == [(2, 0.9)]

    def test_seeds_have_a_mean_with_its_uncertainty_and_the_legend_says_which(self):
        choices = [({"lr": lr}, [lr, lr + 0.2], 0.05) for lr in (0.1, 0.2)]

        figure = setting_scores.setting_scores(board(choices))

        (axes,) = figure.axes
        assert np.allclose(dots(axes), [(0.1, 0.2), (0.2, 0.3)])
        bars = [bar for bar in axes.collections if isinstance(bar, LineCollection)]
        ends = [segment[:, 1] for segment in bars[0].get_segments()]
        assert np.allclose(ends, [[0.15, 0.25], [0.25, 0.35]])
        assert words(figure)[0] == "mean over its seeds\n± a standard error\nover 3 seeds"

    @pytest.mark.parametrize(
        ("scores", "bounds", "end"),
        [([0.95, 1.0], (-math.inf, 1), 1), ([0.0, 0.02], (0, math.inf), 0)],
    )
    def test_no_axis_goes_beyond_what_the_score_can_be(self, scores, bounds, end):
        choices = [({"lr": i}, [score], 0.04) for i, score in enumerate(scores)]

        figure = setting_scores.setting_scores(board(choices, bounds=bounds))

        assert end in figure.axes[0].get_ylim()

    @pytest.mark.parametrize(("better", "said"), [(1, "2 below 0.6000"), (-1, "2 above 0.9000")])
    def test_lost_members_press_no_others_together_and_are_counted(self, better, said):
        usual = [0.6, 0.7, 0.75, 0.8, 0.9]
        scores = [*usual, -1e6 * better, -1e9 * better]
        choices = [({"lr": i}, [score], None) for i, score in enumerate(scores)]

        bounds = (-math.inf, math.inf)
        figure = setting_scores.setting_scores(board(choices, better=better, bounds=bounds))

        low, high = figure.axes[0].get_ylim()
        assert 0.5 < low < high < 1
        assert words(figure)[-1] == said

    def test_colours_are_of_the_setting_that_matters_most(self):
        grid = [(a, b) for a in (1, 2, 3) for b in ("x", "y")]
        choices = [({"a": a, "b": b}, [a * 0.01 + (b == "x") * 0.5], None) for a, b in grid]

        figure = setting_scores.setting_scores(board(choices))

        assert words(figure)[:5] == ["x", "y", "a 1", "a 2", "a 3"]
        lines = [line for line in figure.axes[0].lines if line.get_linestyle() == "-"]
        joined = [line.get_xydata().tolist() for line in lines if len(line.get_xydata()) == 3]
        assert np.allclose(joined[0], [[a, a * 0.01 + 0.5] for a in (1, 2, 3)])

    def test_of_two_settings_shapes_tell_the_other_one_and_lines_join_alike_ones(self):
        grid = [(a, b) for a in (1, 2, 3) for b in (4, 5)]
        choices = [({"a": a, "b": b}, [a * 0.01 + b * 0.1], None) for a, b in grid]

        figure = setting_scores.setting_scores(board(choices))

        lines = [line.get_xydata().tolist() for line in figure.axes[1].lines]
        assert np.allclose(lines, [[(b, a * 0.01 + b * 0.1) for b in (4, 5)] for a in (1, 2, 3)])
        assert not any("median" in text for text in words(figure))

    def test_beside_a_word_its_place_is_shaded(self):
        grid = [(a, b) for a in ("x", "y") for b in (4, 5)]
        choices = [({"a": a, "b": b}, [(a == "x") * 0.01 + b * 0.1], None) for a, b in grid]

        words, numbers = setting_scores.setting_scores(board(choices)).axes

        (shade,) = words.patches
        assert (shade.get_x(), shade.get_width()) == (0.5, 1)
        assert not numbers.patches

    @pytest.mark.parametrize(
        ("scores", "bands"), [([0.5, 0.5], 0), ([0.4, 0.6], 1)], ids=["alike", "apart"]
    )
    def test_how_far_seeds_stray_is_told_where_they_do(self, scores, bands):
        choices = [({"seed": seed}, [score], None) for seed, score in enumerate(scores)]

        figure = setting_scores.setting_scores(board(choices, seeds_alone=True))

        assert words(figure)[1] == "mean 0.5000"
        assert sum("standard deviation" in text for text in words(figure)) == bands

    def test_no_line_crosses_a_label(self):
        choices = [({k: (i + len(k)) % 3 for k in ("a", "bb", "ccc")}, [i], None) for i in range(6)]

        figure = setting_scores.setting_scores(board(choices, bounds=(-math.inf, math.inf)))

        through = figure.axes[-1]
        labels = through.texts
        assert all(label.get_bbox_patch().get_facecolor() == (1, 1, 1, 1) for label in labels)
        drawn = [*through.lines, *through.collections]
        highest = max(line.get_zorder() for line in drawn)
        assert all(label.get_zorder() > highest for label in labels)

    def test_of_many_settings_those_that_matter_most_are_shown_and_told(self, rng):
        keys = [f"s{k}" for k in range(9)]
        choices = [({k: int(rng.integers(3)) for k in keys}, [0.0], None) for _ in range(60)]
        choices = [(values, [values["s8"] / 10], None) for values, *_ in choices]

        figure = setting_scores.setting_scores(board(choices))

        assert "s8" in [axes.get_xlabel() for axes in figure.axes]
        assert figure.get_suptitle().endswith("the 6 of 9 settings that matter most")


def target(true, predicted, name="a", unit="", metrics=None, **more):
    """What was predicted of a target."""
    about = {"deviations": np.empty(0), **more}
    return fits.FittedTarget(name, unit, true, predicted, metrics=metrics or {}, **about)


class TestRegression:
    def test_dots_are_true_and_predicted_of_the_rows(self, rng):
        true, predicted = rng.normal(size=(2, 50, 2))
        targets = [target(true[:, j], predicted[:, j], "ab"[j]) for j in range(2)]

        figure = fits.fit(targets, "test rows", "a run")

        panels = [axes for axes in figure.axes if axes.get_xlabel() == "true"]
        for j, axes in enumerate(panels):
            assert axes.get_title().startswith("ab"[j])
            assert np.array_equal(drawn(axes)[0], np.stack([true[:, j], predicted[:, j]], 1))
        assert figure.get_suptitle() == "a run\n50 test rows"

    @pytest.mark.parametrize(
        ("metrics", "more", "said", "axis"),
        [
            ({"r2": 0.98123, "rmse": 0.031}, {}, "a: R² 0.9812, RMSE 0.0310 rad", "predicted, rad"),
            (
                {"below": 0.87, "pinball": 2.5},
                {"share_below": 0.9},
                "a: 87% at or below, 90% aimed at, pinball 2.500 rad",
                "predicted 90% quantile",
            ),
            (
                {"r2": 0.5, "rmse": 1.0, "coverage_90": 0.93},
                {"deviations": np.ones(50)},
                "a: R² 0.5000, RMSE 1.000 rad, 93% within the 90% interval",
                "predicted, rad",
            ),
        ],
        ids=["numbers", "a quantile", "deviations"],
    )
    def test_the_title_tells_the_scores_that_go_with_the_loss(self, metrics, more, said, axis, rng):
        true, predicted = rng.normal(size=(2, 50))
        one = target(true, predicted, unit="rad", metrics=metrics, **more)

        upper, _ = fits.fit([one], "test rows", "").axes

        assert upper.get_title().replace("\n", " ") == said
        assert (upper.get_xlabel(), upper.get_ylabel()) == ("true, rad", axis)

    def test_of_a_quantile_the_legend_says_how_many_dots_lie_above_the_line(self, rng):
        true, predicted = rng.normal(size=(2, 50))

        figure = fits.fit([target(true, predicted, share_below=0.9)], "test rows", "")

        assert words(figure)[0].endswith(": 90% of the dots are to lie on or above it")

    def test_errors_of_few_rows_are_counted_up_to_the_last(self, rng):
        true, off = np.zeros(60), rng.exponential(size=60)  # skewed, so that a sign would be seen

        _, lower = fits.fit([target(true, true + off)], "test rows", "").axes

        counts, edges = heights(lower)
        assert np.array_equal(counts, np.histogram(off, edges)[0])
        assert edges[[0, -1]] == pytest.approx([off.min(), off.max()])

    def test_the_first_and_the_last_per_cent_of_many_errors_are_bars_at_the_edges(self, rng):
        off = np.append(rng.normal(size=4998), [-50, 1e6])

        figure = fits.fit([target(np.zeros(5000), off)], "test rows", "")

        lower = figure.axes[1]
        counts, edges, _ = lower.patches[0].get_data()
        low, high = np.percentile(off, [1, 99])
        assert low <= edges[0] < edges[-1] <= high
        assert [bar.get_height() for bar in lower.patches[1:]] == [50, 50]
        assert counts.sum() == 4900
        assert lower.get_xlabel() == "predicted − true\nfrom -50.00 to 1,000,000"
        assert "errors beyond, 1% on either side" in words(figure)

    @pytest.mark.parametrize("size", [2.6e-5, 1e-3])
    def test_small_errors_have_numbers_that_touch_no_others_and_signs(self, size, rng):
        off = rng.normal(0, size, 201)

        figure = fits.fit([target(np.zeros(201), off)] * 3, "test rows", "")
        figure.canvas.draw()

        lower = figure.axes[1]
        boxes = [tick.get_window_extent() for tick in lower.get_xticklabels()]
        assert not any(one.overlaps(other) for one, other in itertools.pairwise(boxes))
        told = [float(word) for word in re.findall(r"-?[\d.]+(?:e-\d+)?", lower.get_xlabel())]
        assert told == pytest.approx([off.min(), off.max()], rel=0.01)

    def test_deviations_are_drawn_and_held_against_what_they_should_be(self, rng):
        true, predicted = rng.normal(size=(2, 40))
        deviations = rng.uniform(1, 2, 40)

        figure = fits.fit([target(true, predicted, deviations=deviations)], "test rows", "")

        upper, lower = figure.axes
        bars = np.array(upper.collections[0].get_segments())[:, :, 1]
        assert np.allclose(bars, np.stack([predicted - deviations, predicted + deviations], 1))
        counts, edges, _ = lower.patches[0].get_data()
        z = (predicted - true) / deviations
        assert np.array_equal(counts, np.histogram(z, edges)[0])
        normal = lower.lines[-1].get_xydata()
        area = np.trapezoid(normal[:, 1], normal[:, 0]) / (edges[1] - edges[0])
        assert area == pytest.approx(40, rel=0.02)

    def test_a_lost_prediction_hides_no_others(self, rng):
        true = rng.uniform(size=200)
        predicted = true.copy()
        predicted[7] = 1e9

        figure = fits.fit([target(true, predicted)], "test rows", "")

        low, high = figure.axes[0].get_ylim()
        assert -1 < low < high < 3
        (edge,) = figure.axes[0].collections
        assert edge.get_offsets()[0][0] == true[7]
        assert "predicted far beyond the edge" in words(figure)

    def test_of_many_targets_the_worst_are_shown(self, rng):
        true = rng.normal(size=50)
        targets = [target(true, true + j * rng.normal(size=50), f"y{j}") for j in range(9)]

        figure = fits.fit(targets, "test rows", "a run")

        titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
        assert [title.partition(":")[0] for title in titles] == [f"y{j}" for j in range(3, 9)]
        assert figure.get_suptitle().endswith("50 test rows; the 6 worst of 9 targets")

    @pytest.mark.parametrize("rows", [40, 200, 3000])
    def test_there_are_as_many_bins_as_numpy_takes(self, rows, rng):
        values = rng.normal(size=rows)

        assert fits.bins(values) == len(np.histogram_bin_edges(values, "auto")) - 1

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ([*np.linspace(0, 1e-9, 500), 1e6], fits.BINS),
            ([0.0] * 50, 1),
            ([2.5], 1),
            ([*[1.0] * 9, 1 + 1e-15], 1),
        ],
        ids=["far", "equal", "one", "rounded"],
    )
    def test_a_far_error_makes_no_millions_of_bins_and_equal_ones_have_one(self, values, expected):
        assert fits.bins(np.array(values)) == expected

    def test_dots_are_larger_and_darker_where_they_are_few(self):
        (large, dark), (small, pale) = fits.dots(60), fits.dots(3000)

        assert (large, small) == (8, 3)
        assert dark > 2 * pale


def confusion(table, classes):
    return class_pictures.confusion(table, classes, "test rows", "a run")


class TestConfusion:
    TABLE = np.array([[990, 10, 0], [0, 995, 5], [0, 0, 0]])

    def test_only_mistakes_have_a_colour_and_the_most_frequent_has_the_darkest(self):
        axes = confusion(self.TABLE, ("a", "b", "c")).axes[0]

        (image,) = axes.images
        assert image.get_array().mask.tolist() == np.eye(3, dtype=bool).tolist()
        assert image.get_array()[0, 1] == image.get_clim()[1] == 0.01
        assert image.get_array()[1, 2] == 0.005

    def test_each_cell_has_the_number_of_its_rows_at_its_place(self):
        axes = confusion(self.TABLE, ("a", "b", "c")).axes[0]

        told = {text.get_position(): text.get_text() for text in axes.texts}
        assert told.pop((0, 0)) == "990"
        assert (told.pop((1, 0)), told.pop((1, 1)), told.pop((2, 1))) == ("10", "995", "5")
        assert [*told.values()] == ["0"] * 5
        assert axes.get_xlabel() == "predicted class"
        assert axes.get_ylabel().startswith("true class")

    def test_the_title_says_how_many_are_right_and_what_is_mistaken_most_often(self):
        assert confusion(self.TABLE, ("a", "b", "c")).get_suptitle().replace("\n", " ") == (
            "a run 1,985 of 2,000 test rows are right; "
            "most often “a” is taken for “b”, 10 of 1,000 times"
        )

    def test_the_title_says_which_share_of_the_weights_is_right_where_rows_have_any(self):
        drawn = class_pictures.confusion(np.diag([5, 5]), ("a", "b"), "test rows", "a run", 0.75)

        assert "10 of 10 test rows are right, by their weights 75%" in drawn.get_suptitle()

    @pytest.mark.parametrize("letters", range(10, 60, 10))
    def test_no_word_of_a_title_stands_alone(self, letters):
        text = "most often one of them is taken for the other, 2 of 2 times"

        lines = balanced(text, letters).splitlines()

        assert " ".join(lines) == text
        assert len(lines) == len(wrap(text, letters))
        assert max(map(len, lines)) <= letters
        assert len(lines) > 2 or min(map(len, lines)) > 20

    @pytest.mark.parametrize("many", [2, 10, 30, 100])
    def test_names_of_classes_touch_no_others(self, many):
        names = tuple(f"a class with quite a long name {k}" for k in range(many))

        figure = confusion(np.eye(many, dtype=int), names)

        laid_out(figure)
        boxes = [tick.get_window_extent() for tick in figure.axes[0].get_yticklabels()]
        assert not any(one.overlaps(other) for one, other in itertools.pairwise(boxes))

    def test_without_a_mistake_nothing_is_dark(self):
        image = confusion(np.diag([5, 6]), ("a", "b")).axes[0].images[0]

        assert image.get_array().max() == 0
        assert image.get_clim() == (0, 1)


class TestRegions:
    CLASSES = tuple(f"class {k}" for k in range(20))

    @pytest.fixture
    def figure(self, rng):
        """The nearest of twenty places; rows lie around them."""
        self.centres = rng.normal(size=(20, 2)) * 5
        self.parts = {}
        for part, rows in (("train", 200), ("test", 60)):
            y = rng.integers(0, 20, rows)
            self.parts[part] = (self.centres[y] + rng.normal(size=(rows, 2)) / 5, y)
        return class_pictures.regions(self.near, self.parts, ("u", "v"), self.CLASSES, "a run")

    def near(self, x):
        return ((x[:, None] - self.centres) ** 2).sum(-1).argmin(1)

    def test_the_points_of_each_class_are_drawn_at_their_own_places(self, figure):
        for axes, (part, (x, y)) in zip(figure.axes, self.parts.items(), strict=True):
            _, *classes = axes.collections
            wrong = (self.near(x) != y).sum()
            assert axes.get_title() == f"{len(y)} {ROW_NAMES[part]}, {wrong} wrong"
            assert [own.get_label() for own in classes] == list(self.CLASSES)
            for k, own in enumerate(classes):
                assert np.array_equal(own.get_offsets(), x[y == k])

    def test_the_plane_has_the_class_that_is_predicted_there(self, figure):
        for axes in figure.axes:
            plane = axes.collections[0]
            corners = plane.get_coordinates()
            middles = (corners[1:, 1:] + corners[:-1, :-1]) / 2
            said = self.near(middles.reshape(-1, 2))
            assert (
                plane.get_array().ravel() == said
            ).mean() > 0.999  # cells on a border may fall to either side

    def test_no_two_of_twenty_classes_look_alike(self, figure):
        _, *classes = figure.axes[0].collections

        looks = {
            (tuple(own.get_facecolor()[0]), own.get_paths()[0].vertices.tobytes())
            for own in classes
        }
        tints = {class_pictures.tint(k) for k in range(20)}
        assert len(looks) == len(tints) == 20

    def test_the_legend_lies_over_no_points(self, figure):
        (legend,) = figure.legends
        laid_out(figure)

        assert words(figure) == list(self.CLASSES)
        assert figure.get_suptitle().startswith("a run\n")
        assert not any(
            legend.get_window_extent().overlaps(axes.get_window_extent()) for axes in figure.axes
        )


class TestCurve:
    def test_the_line_is_what_is_predicted_and_the_band_twice_its_deviation(self, rng):
        x = rng.uniform(-1, 2, (30, 1))
        rows = {"train": (x[:20], x[:20] ** 2), "test": (x[20:], x[20:] ** 2)}

        along = line_picture.Along("a run", "x", ("y",), "predicted 90% quantile")
        figure = line_picture.curve(lambda own: np.hstack([own**2, 0 * own + 0.25]), rows, along)

        (axes,) = figure.axes
        (line,) = drawn(axes)
        band = axes.collections[-1].get_paths()[0].vertices
        assert np.allclose(line[:, 1], line[:, 0] ** 2)
        assert np.allclose(np.abs(band[:, 1] - band[:, 0] ** 2), 0.5)
        assert np.array_equal(axes.collections[1].get_offsets(), np.hstack(rows["test"]))
        assert words(figure) == [
            *("training rows", "test rows", "predicted 90% quantile", "± 2 deviations")
        ]
        assert figure.get_suptitle() == "a run"


ROWS = np.arange(5, 2000, 2)  # of a table, for those that are drawn


def reach(errors, hands):
    """What an arm's picture shows."""
    return workspace.Reach(errors, hands, np.arange(12.0).reshape(4, 3), ROWS)


@pytest.mark.parametrize(
    ("x", "y", "corner"),
    [
        ([0, 1, 2], [2, 1, 0], "upper right"),
        ([0, 1, 2], [0, 1, 2], "upper left"),
        ([0, 0, 1, 2], [0, 2, 2, 2], "lower right"),
        ([0, 1, 2, 2], [2, 2, 2, 0], "lower left"),
        ([0, 1, 2, 3, 3], [0, 9, 10, 10, 0], "lower center"),
    ],
)
def test_a_legend_stands_where_the_least_of_lines_is(x, y, corner):
    axes = blank(4, 3).subplots()
    axes.plot(x, y)
    axes.axvline(x[-1])  # stands in each corner of its side, and in nobody's way

    assert emptiest_corner(axes) == corner


@pytest.mark.parametrize(
    ("size", "corner"), [((0.5, 0.3), "lower left"), ((0.8, 0.3), "center right")]
)
def test_a_wide_legend_needs_a_wide_place(size, corner):
    axes = blank(4, 3).subplots()
    axes.plot([0, 1, 2, 2.2, 3, 3.1], [2, 2, 2, 0.1, 0.1, 2])

    assert emptiest_corner(axes, size) == corner


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_where_every_corner_is_crossed_an_endless_axis_makes_room_for_the_legend(scale):
    axes = blank(4, 3).subplots()
    axes.plot([1, 2, 3, 4], [2.3, 2.25, 2.165, 2.115], label="training rows")
    axes.plot([1, 2, 3, 4], [2.25, 2.08, 1.918, 1.885], label="validation rows")
    axes.set_yscale(scale)

    explain(axes, endless=True)

    legend = axes.get_legend()
    width, height = shares_of(legend, axes)
    place = box("upper right", (width, height - 1e-9))
    assert legend.codes["upper right"] == legend._loc
    assert crowd(drawn_in(axes), place) == 0


class TestWorkspace:
    @pytest.fixture
    def arm(self, rng):
        return rng.lognormal(size=400), rng.normal(size=(400, 3)) * 100

    def test_the_histogram_counts_the_given_errors(self, arm):
        spread = workspace.workspace(reach(*arm), "test rows", "arm").axes[0]

        counts, edges = heights(spread)
        errors = arm[0]
        assert np.array_equal(counts, np.histogram(errors, edges)[0])
        assert counts.sum() == len(errors)
        drawn = [line.get_xdata()[0] for line in spread.lines]
        assert drawn == [np.median(errors), np.percentile(errors, 99)]

    def test_errors_of_nothing_are_counted_as_the_least(self):
        none = reach(np.zeros(10), np.zeros((10, 3)))

        spread = workspace.workspace(none, "test rows", "arm").axes[0]

        assert heights(spread)[0].sum() == 10

    def test_each_hand_has_its_error_for_a_colour_and_the_worst_is_on_top(self, arm):
        errors, hands = arm
        order = errors.argsort()

        _, side, top, *_ = workspace.workspace(reach(*arm), "test rows", "arm").axes

        for axes, plane in ((side, [0, 2]), (top, [0, 1])):
            (seen,) = axes.collections
            assert np.array_equal(seen.get_offsets(), hands[order][:, plane])
            inner = slice(40, 360)  # beyond, the ends are cut
            assert np.array_equal(seen.get_array()[inner], errors[order][inner])

    def test_the_worst_hands_are_in_rings_and_told_by_their_rows(self, arm):
        errors, hands = arm
        worst = errors.argsort()[::-1][:5]

        figure = workspace.workspace(reach(*arm), "test rows", "right arm")

        _, side, top, *_ = figure.axes
        for axes, plane in ((side, [0, 2]), (top, [0, 1])):
            assert np.array_equal(axes.lines[-1].get_xydata(), hands[worst][:, plane])
        assert figure.get_suptitle().startswith("right arm: ")
        (legend,) = figure.legends
        first, *ranked = [text.get_text() for text in legend.get_texts()]
        assert first == f"row {ROWS[worst[0]]}, {number(errors.max())} mm"
        assert ranked[-1] == "from the hand to\nits asked place"
        assert len(ranked) == 6
        assert "predictions.csv" in legend.get_title().get_text()

    def test_the_arm_is_drawn_as_predicted_for_the_worst_and_how_far_that_misses(self, arm):
        errors, hands = arm
        own = reach(*arm)

        _, side, *_ = workspace.workspace(own, "test rows", "right arm").axes

        limbs, missed, _ = side.lines
        assert np.array_equal(limbs.get_xydata(), own.arm_mm[:, [0, 2]])
        ends = [own.arm_mm[-1, [0, 2]], hands[errors.argmax(), [0, 2]]]
        assert np.array_equal(missed.get_xydata(), ends)

    def test_ranks_stand_within_the_frame_and_the_legend_over_no_bar(self, rng):
        own = reach(rng.lognormal(size=40), rng.uniform(size=(40, 3)) ** 0.2 * 100)

        figure = workspace.workspace(own, "test rows", "arm")

        laid_out(figure)
        spread, *hands = figure.axes[:3]
        frames = [axes.get_window_extent() for axes in hands]
        bold = [[text for text in axes.texts if text.get_weight() == "bold"] for axes in hands]
        ranks = [[text.get_window_extent() for text in texts] for texts in bold]
        assert [len(boxes) for boxes in ranks] == [5, 5]
        assert all(
            frame.contains(*corner)
            for frame, boxes in zip(frames, ranks, strict=True)
            for box in boxes
            for corner in box.corners()
        )
        legend = spread.get_legend().get_window_extent()
        assert not legend.overlaps(spread.get_window_extent())

    def test_ranks_stand_clear_of_rings_and_of_each_other(self):
        places = np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 0.5], [9.0, 9.0], [9.1, 9.0]])

        ranks = np.array(workspace.beside(places, 1.0))

        assert np.allclose(np.linalg.norm(ranks - places, axis=1), 1)
        apart = np.linalg.norm(ranks[:, None] - ranks, axis=2)
        assert apart[np.triu_indices(5, 1)].min() > 0.7

    def test_few_hands_are_all_marked(self):
        figure = workspace.workspace(reach(np.array([1.0, 3.0]), np.eye(2, 3)), "test rows", "arm")

        told = [text.get_text() for text in figure.legends[0].get_texts()]
        assert told[:2] == ["row 7, 3.000 mm", "row 5, 1.000 mm"]


class TestMistakes:
    def test_the_worst_mistakes_are_twelve_and_the_worst_is_first(self, rng):
        rows, classes = 300, ("a", "b", "c")
        inputs, true = rng.random((rows, 20)), rng.integers(0, 3, rows)
        said = rng.dirichlet(np.ones(3), rows)
        data = Data(
            "",
            tuple(Column(f"pixel_{i}_{j}") for i in range(4) for j in range(5)),
            inputs,
            target_names=("kind",),
            targets=true,
            classes=classes,
            task="classification",
        )

        every, bundle = (
            np.arange(rows),
            SimpleNamespace(infer=lambda _: said, threshold=0.5, chances=""),
        )
        run = FinishedRun(
            "a run", DECIDED[0], None, data, SplitRows(every, every, every), bundle, [], 1
        )

        figure = Classification().pictures(run)["mistakes.png"]()

        wrong = [i for i in range(rows) if said[i].argmax() != true[i]]
        expected = sorted(wrong, key=lambda i: -said[i].max())[:12]
        shown = [axes.images[0].get_array().ravel() for axes in figure.axes if axes.images]
        assert np.array_equal(shown, inputs[expected])
        assert [axes.get_title() for axes in figure.axes] == [
            f"{classes[true[i]]}, taken for {classes[said[i].argmax()]} ({said[i].max():.0%})"
            for i in expected
        ]
        told = (
            f"the 12 surest of {len(wrong)} mistakes: true class, taken for (probability of that)"
        )
        assert figure.get_suptitle() == f"a run\n{told}"

    def test_there_are_no_empty_rows_of_few_mistakes(self, rng):
        figure = class_pictures.mistakes(
            rng.random((3, 2, 2)), list("abc"), list("bca"), rng.random(3), "a run", 3
        )

        assert len(figure.axes) == 4


class TestOverlay:
    def test_two_lines_carry_the_given_losses(self):
        lines = {
            "0.1": [history(5, 3, 2, train=[4, 2, 1])],
            "0.2": [history(6, 5, 4, train=[5, 4, 3])],
        }

        axes = overlay([Panel("", lines)]).axes[0]

        assert [line.tolist() for line in drawn(axes)] == [
            [[1, 5], [2, 3], [3, 2]],
            [[1, 4], [2, 2], [3, 1]],
            [[1, 6], [2, 5], [3, 4]],
            [[1, 5], [2, 4], [3, 3]],
        ]
        colours = [line.get_color() for line in axes.lines]
        assert colours == [EIGHT[place] for place in (0, 0, 1, 1)]
        assert axes.get_ylabel() == "validation loss, thin: training"
        assert "thin: training loss" in words(axes.figure)

    def test_training_losses_that_go_to_nothing_press_no_others_together(self):
        learnt = history(2, 1, 0.5, 0.4, train=[2, 0.5, 1e-3, 1e-9])

        (axes,) = overlay([Panel("", {"0": [learnt], "0.5": [history(2, 1, 0.4, 0.3)]})]).axes

        low, high = axes.get_ylim()
        assert 0.005 < low < 0.3
        assert high > 2
        said = words(axes.figure)[-1]
        assert said == "thin: training loss,\ncut where it is\nbelow the picture"

    def test_seeds_are_their_median_within_all_that_they_span(self):
        seeds = [history(5, 3, 2), history(7, 4, 2), history(9, 2)]

        (axes,) = overlay([Panel("", {"0.1": seeds, **{str(i): seeds for i in range(4)}})]).axes

        assert drawn(axes)[0].tolist() == [[1, 7], [2, 3], [3, 2]]
        band = axes.collections[0].get_paths()[0].vertices.tolist()
        assert [2, 2] in band
        assert [1, 9] in band

    def test_others_are_a_band_that_ends_where_half_of_them_do(self):
        others = [history(5, 4, 3), history(6, 5), history(7, 6)]

        figure = overlay([Panel("", {"a": [history(4, 3, 2)]}, others)], others="b, c, d")

        band = figure.axes[0].collections[0].get_paths()[0].vertices
        assert band[:, 0].max() == 2
        assert (band[:, 1].min(), band[:, 1].max()) == (4, 7)
        assert words(figure)[-1] == "b, c, d"

    def test_of_a_crowd_the_band_shows_the_middle(self):
        others = [history(i, i) for i in range(20)]

        figure = overlay([Panel("", {"a": [history(4, 3, 2)]}, others)], others="the other 20")

        band = figure.axes[0].collections[0].get_paths()[0].vertices
        assert np.allclose([band[:, 1].min(), band[:, 1].max()], np.quantile(range(20), [0.1, 0.9]))
        assert words(figure)[-1] == "the middle 80 % of\nthe other 20"

    @pytest.mark.parametrize(
        ("far", "said"),
        [
            (history(1e5, 1e4, 1e4), "far, beyond the picture"),
            (history(1e5, 1e4, 2), "far"),
            (history(1e5, 1e4, failed=True), "far, failed"),
        ],
    )
    @pytest.mark.parametrize("usual", [history(5, 3, 2), history(5, 1, 0.01), history(5, 0.5, -1)])
    def test_the_legend_says_which_line_is_nowhere_to_be_seen(self, far, said, usual):
        panels = [Panel(str(i), {"near": [usual], "also": [usual], "far": [far]}) for i in range(2)]

        assert words(overlay(panels))[:3] == ["near", "also", said]

    def test_a_line_that_one_of_the_panels_shows_is_not_beyond(self):
        near, far = history(5, 3, 2), history(1e5, 1e4, 1e4)
        panels = [Panel("a", {"x": [near], "y": [near], "z": [far]}), Panel("b", {"z": [near]})]

        assert words(overlay(panels))[:3] == ["x", "y", "z"]

    @pytest.mark.parametrize("count", [1, 2, 3])
    @pytest.mark.parametrize("letters", [5, 30, 60])
    def test_the_legend_lies_over_no_line_and_leaves_the_panels_wide(self, count, letters):
        lines = {f"{i}".ljust(letters, "x"): [history(5, 3, 2)] for i in range(12)}

        figure = overlay([Panel(str(i), lines) for i in range(count)], legend="lr")

        laid_out(figure)
        (box,) = [*figure.legends, *(own for axes in figure.axes if (own := axes.get_legend()))]
        place = box.get_window_extent()
        assert figure.bbox.containsx(place.x0)
        assert figure.bbox.containsx(place.x1)
        panels = [axes.get_window_extent() for axes in figure.axes if axes.lines]
        assert not any(place.overlaps(panel) for panel in panels)
        assert all(panel.width > 3 * figure.dpi for panel in panels)  # inches


class TestPaths:
    def test_paths_begin_at_the_start_and_go_where_they_were_given(self):
        map = hilly()
        there = [map.start, (-1, 1.5), (0.5, 0.2)]

        axes = walks([map_paths.MapPanel("bowl", map, {"gd": there, "adam": there[:2]})]).axes[0]

        gd, adam, start, goal = drawn(axes)
        assert gd.tolist() == [list(place) for place in there]
        assert adam.tolist() == [list(place) for place in there[:2]]
        assert (start.tolist(), goal.tolist()) == ([[-1.5, 2.0]], [[1.0, 0.0]])
        assert (axes.get_xlim(), axes.get_ylim()) == map.frame

    def test_the_path_of_a_run_begins_at_the_start_of_its_landscape(self):
        map = hilly()
        seen = [
            EpochRecord(1, 0, 0, 0, 0, 0, place=(0.0, 1.0)),
            EpochRecord(2, 0, 0, 0, 0, 0, place=(0.5, 0.5)),
        ]

        run = FinishedRun("a bowl", POINT[0], SimpleNamespace(map=map), None, None, None, seen, 1)
        figure = Landscape().pictures(run)["path.png"]()

        (axes,) = figure.axes
        assert figure.get_suptitle() == "a bowl"
        assert drawn(axes)[0].tolist() == [[-1.5, 2.0], [0.0, 1.0], [0.5, 0.5]]

    def test_contours_follow_the_height(self):
        map = hilly()

        axes = walks([map_paths.MapPanel("bowl", map, {"gd": [map.start]})]).axes[0]

        lines = axes.collections[-1]
        for level, line in zip(lines.levels, lines.get_paths(), strict=True):
            assert map.height(*line.vertices.T) == pytest.approx(level, rel=0.05, abs=0.01)

    def test_of_those_who_went_one_way_each_has_dashes_where_the_others_have_gaps(self):
        map = hilly()
        way, other = [map.start, (-1, 1.5), (0.5, 0.2)], [map.start, (1, 1), (1, 0)]
        near = [(x + 1e-3, y) for x, y in way]
        paths = {"sgd": way, "adam": other, "gd": way, "near": near}

        figure = walks([map_paths.MapPanel("bowl", map, paths)])

        lines = {line.get_color(): line for line in figure.axes[0].lines[:4]}
        dashes = [lines[EIGHT[place]]._unscaled_dash_pattern for place in range(4)]
        length = map_paths.DASH
        assert [dashes[place] for place in (0, 2, 3)] == [
            (length * gaps, (length, 2 * length)) for gaps in (0, 2, 1)
        ]
        assert lines[EIGHT[1]].get_linestyle() == "-"
        assert words(figure)[-1] == "on one way: colours in turn"


def every(rng):
    """Each picture, as large as it becomes."""
    many = tuple(f"joint {i}" for i in range(8))
    rows, plane, line = rng.normal(size=(80, 8)), rng.normal(size=(80, 2)), rng.normal(size=(80, 1))
    kinds = tuple(f"a class with a name {k}" for k in range(20))
    y = rng.integers(0, 20, 80)
    lines = {f"optimizer adam, lr {i}": [history(5, 3, 2)] for i in range(12)}
    walk = map_paths.MapPanel("bowl", hilly(), {name: [(-1.5, 2.0), (0.0, 0.0)] for name in lines})
    yield (
        "curves",
        course([1, 2], [1, 2], [1, 2], best=1),
    )
    for count in (1, 2, 9):
        values = [{f"optimizer.key{k}": (i * k) % 3 for k in range(count)} for i in range(9)]
        choices = [(own, [i / 10], 0.1) for i, own in enumerate(values)]
        yield f"sweep {count}", setting_scores.setting_scores(board(choices, best=(8, 0.8)))
    for count in (1, 3, 4, 8):
        yield (
            f"fit {count}",
            fits.fit(
                [target(rows[:, j], rows[:, j] + 1, many[j]) for j in range(count)],
                *("test rows", "title"),
            ),
        )
    for count in (2, 20, 60):
        yield (
            f"confusion {count}",
            confusion(np.ones((count, count), int), tuple(map(str, range(count)))),
        )
    parts = {"train": (plane, y), "test": (plane, y)}
    yield (
        "regions",
        class_pictures.regions(lambda x: 0 * x[:, 0], parts, ("u", "v"), kinds, "title"),
    )
    yield (
        "curve",
        line_picture.curve(
            lambda x: x @ np.ones((1, 8)),
            {"train": (line, rows), "test": (line, rows)},
            line_picture.Along("title", "x", many),
        ),
    )
    yield (
        "workspace",
        workspace.workspace(reach(rng.lognormal(size=80), rows[:, :3]), "test rows", "title"),
    )
    yield (
        "mistakes",
        class_pictures.mistakes(
            *(rng.random((12, 8, 8)), list("abcdefghijkl"), list("bcdefghijklm")),
            *(rng.random(12), "title", 40),
        ),
    )
    for count in (1, 2, 3):
        yield (
            f"overlay {count}",
            overlay([Panel(str(i), lines) for i in range(count)], title="heading", legend="lr"),
        )
        yield f"paths {count}", walks([walk] * count)


@pytest.fixture(scope="module")
def each(figures):
    """All of them, drawn once."""
    return list(every(np.random.default_rng(0)))


def test_no_figure_is_wider_than_can_be_read_on_a_page(each):
    wide = {name: figure.get_figwidth() for name, figure in each if figure.get_figwidth() > WIDE}

    assert wide == {}


def outlines(figure):
    """Where each panel, the heading and the legends lie, with all their words."""
    renderer = figure.canvas.get_renderer()
    panels = [axes for axes in figure.axes if axes.axison]
    parts = [figure.heading, *figure.legends, *panels]
    return [part.get_tightbbox(renderer) for part in parts]


def test_nothing_is_cut_off_and_no_words_touch_another_panel(each):
    wrong = []
    for name, figure in each:
        lay_out(figure, figure.canvas.get_renderer())
        boxes = [box.padded(-1) for box in outlines(figure)]
        page = figure.bbox
        if any(box.x0 < 0 or box.y0 < 0 or box.x1 > page.x1 or box.y1 > page.y1 for box in boxes):
            wrong.append(f"{name} is cut off")
        if any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2)):
            wrong.append(f"parts of {name} lie on each other")

    assert wrong == []


def test_no_words_are_smaller_than_nine_points(each):
    small = {
        name: text.get_text()
        for name, figure in each
        for text in figure.findobj(
            lambda artist: hasattr(artist, "get_fontsize") and artist.get_visible()
        )
        if text.get_text() and text.get_fontsize() < 9
    }

    assert small == {}
