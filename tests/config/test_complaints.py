"""What is said of a file that Hydra cannot use."""

import pytest

pytestmark = pytest.mark.usefixtures("empty_folder")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "# x\nlr: [3\nb: 4\n",
            "conf/optimizer/adam.yaml, line 3: expected ',' or ']', but got ':'; correct the file",
        ),
        (
            "lr: 3\nlr: 4\n",
            "conf/optimizer/adam.yaml, line 2: found duplicate key lr; correct the file",
        ),
        (
            "defaults: adam\n",
            "conf/optimizer/adam.yaml: its defaults, 'adam', are no list; write defaults: [adam]",
        ),
        (
            b"lr: \xff\n",
            "conf/optimizer/adam.yaml: cannot be read ('utf-8' codec can't decode byte 0xff in position 4: "
            "invalid start byte); it must be a text in UTF-8",
        ),
        (
            "lr: ${nope}\n",
            "optimizer.lr: refers to 'nope', which is not there; see nnrun --cfg job",
        ),
        (
            "defaults: [nope]\n",
            "conf/optimizer/adam.yaml: 'nope' is no optimizer; choices: adadelta, adagrad, adam, adamw, gd, lbfgs,"
            " momentum, muon, nadam, nesterov, rmsprop, sgd, torch; correct its defaults",
        ),
    ],
)
def test_a_broken_file_of_ones_own_is_named(tmp_path, text, line, told, option):
    option(tmp_path / "conf", "optimizer/adam", text)

    problems = told("seed=1")

    assert problems == [line]
