"""Options of the person's own: where they are found, and what they may not reach."""

import pytest

from nnrun.config.compose import compose

pytestmark = pytest.mark.usefixtures("empty_folder")


MINE = "# Mine.\n_target_: nnrun.parts.optimizer.Adam\nlr: 0.5\nbetas: [0.9, 0.999]\neps: 1e-8\n"


def test_ones_own_option_takes_the_place_of_ours(tmp_path, option):
    option(tmp_path / "conf", "optimizer/adam", MINE)

    (job,) = compose([]).jobs

    assert job.config["optimizer"]["lr"] == 0.5


def test_the_given_folder_comes_before_conf(tmp_path, option):
    option(tmp_path / "conf", "optimizer/adam", MINE)
    option(tmp_path / "given", "optimizer/adam", MINE.replace("0.5", "0.75"))

    (job,) = compose(["--config-dir", "given"]).jobs

    assert job.config["optimizer"]["lr"] == 0.75


def test_a_foreign_root_file_and_foreign_settings_of_hydra_are_not_read(tmp_path, option):
    option(
        tmp_path / "conf",
        "config",
        "seed: 666\nhydra: {callbacks: {evil: {_target_: os.system}}}\n",
    )
    option(tmp_path / "conf", "hydra/launcher/basic", "_target_: os.system\n")

    (job,) = compose([]).jobs

    assert job.config["seed"] == 0


@pytest.mark.parametrize(
    "text",
    [
        "# @package _global_\nhydra: {callbacks: {evil: {_target_: os.system}}}\n",
        "# @package hydra.callbacks.evil\n_target_: os.system\n",
        "defaults: [override /hydra/launcher: evil]\n",
        "# @package _global_\nhydra: {sweeper: {params: {hydra.callbacks.evil: 1}}}\n",
    ],
)
def test_an_option_that_reaches_for_hydra_is_refused(tmp_path, text, told, option):
    option(tmp_path / "conf", "optimizer/adam", text)

    problems = told("seed=1")

    assert problems == [
        "conf/optimizer/adam.yaml: sets hydra, which an option may not; set it on the command line"
    ]


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("mine", "begin it with defaults: [adam], or with _target_: nnrun.parts.optimizer.Adam"),
        ("adam", "begin it with _target_: nnrun.parts.optimizer.Adam"),
    ],
)
def test_an_option_of_no_part_is_told_with_its_file_and_what_to_write(
    tmp_path, told, option, name, advice
):
    option(tmp_path / "conf", f"optimizer/{name}", "lr: 0.1\n")

    problems = told(f"optimizer={name}")

    wrong = "does not say which optimizer it sets"
    assert problems == [f"conf/optimizer/{name}.yaml: {wrong}; {advice}"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("010", "8"),
        ("0x10", "16"),
        ("1:30", "90"),
        ("0b11", "3"),
        ("1_0", "10"),
        ("yes", "true"),
        ("Off", "false"),
    ],
)
def test_a_value_that_yaml_reads_as_another_is_told_with_its_line(
    tmp_path, told, option, written, read
):
    option(tmp_path / "conf", "optimizer/adam", MINE.replace("0.5", written))

    problems = told("seed=1")

    wrong = f"YAML reads {written} as {read}; write {read} if that is meant; in quotes it is a text"
    assert problems == [f"conf/optimizer/adam.yaml, line 3: {wrong}"]


@pytest.mark.parametrize("written", ["1_000", "1e-3", "1E3", "5.", ".5", "-0.5", "+5", "0"])
def test_numbers_that_yaml_reads_as_people_do_are_left_alone(tmp_path, option, written):
    option(tmp_path / "conf", "optimizer/adam", MINE.replace("0.5", written))

    (job,) = compose([]).jobs

    assert float(job.config["optimizer"]["lr"]) == float(written)
