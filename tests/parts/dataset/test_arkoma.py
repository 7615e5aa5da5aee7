"""The synthesis keeps the published distribution; the published files are read whole or refused by file and line."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from nnrun.arm.kinematics import MIRROR, limits, pose
from nnrun.errors import Mistake
from nnrun.parts.dataset.arkoma import INPUTS, TARGETS, Arkoma, draw_joints
from nnrun.parts.dataset.arm_metrics import ArmMetrics
from nnrun.parts.kinds import read

ROWS = {"Train": 6, "Val": 3, "Test": 2}


def synthesis(arm="right", rows=500, seed=0, uniform=0.1):
    return Arkoma(arm, rows, uniform, seed, None, "vector").load()


@pytest.fixture
def folder(tmp_path):
    """Twelve CSV files like the published ones, each arm in its folder."""
    for arm in ("Left", "Right"):
        (tmp_path / f"{arm} Arm Dataset").mkdir()
        for number, (split, rows) in enumerate(ROWS.items()):
            joints = draw_joints(rows, number, 0.1) * (1 if arm == "Left" else MIRROR)
            start = tmp_path / f"{arm} Arm Dataset" / f"{arm[0]}{split}"
            write(f"{start}_x.csv", INPUTS, pose(joints, arm.lower()), "%.2f")
            write(f"{start}_y.csv", TARGETS, joints, "%.5f")
    return tmp_path


def write(file, names, numbers, digits):
    np.savetxt(file, numbers, fmt=digits, delimiter=",", header=",".join(names), comments="")


def refusal(arm, path):
    with pytest.raises(Mistake) as caught:
        Arkoma(arm, 500, 0.1, 0, str(path), "vector").load()
    return str(caught.value)


# The synthesis


def test_the_same_seed_gives_the_same_rows():
    first, second = synthesis(seed=3), synthesis(seed=3)

    assert_array_equal(first.inputs, second.inputs)
    assert_array_equal(first.targets, second.targets)


def test_another_seed_gives_other_rows():
    first, second = synthesis(seed=3), synthesis(seed=4)

    assert not np.isin(first.targets, second.targets).all(axis=1).any()


def test_more_rows_continue_the_fewer():
    few, many = synthesis(rows=50), synthesis(rows=80)

    assert_array_equal(few.inputs, many.inputs[:50])
    assert_array_equal(few.targets, many.targets[:50])


def test_both_arms_of_a_seed_mirror_each_other():
    left, right = synthesis("left"), synthesis("right")

    assert_array_equal(right.targets, left.targets * MIRROR)
    assert_allclose(right.inputs, left.inputs * [1, -1, 1, -1, 1, -1], atol=1e-9)


@pytest.mark.parametrize("arm", ["left", "right"])
def test_joints_stay_within_their_limits(arm):
    low, high = limits(arm)

    joints = synthesis(arm, rows=20_000).targets

    assert (joints >= low).all()
    assert (joints <= high).all()


@pytest.mark.parametrize("arm", ["left", "right"])
def test_joints_come_to_their_limits_though_none_be_drawn_evenly(arm):
    low, high = limits(arm)

    joints = synthesis(arm, rows=20_000, uniform=0.0).targets

    assert_allclose(joints.min(axis=0), low, atol=0.002)
    assert_allclose(joints.max(axis=0), high, atol=0.002)


def test_a_share_of_the_rows_is_drawn_evenly_within_the_limits_and_the_others_stay():
    low, high = limits("right")
    published, some, every = (
        synthesis(rows=20_000, uniform=share).targets for share in (0.0, 0.25, 1.0)
    )

    evenly = (some != published).any(axis=1)

    assert evenly.mean() == pytest.approx(0.25, abs=0.01)
    assert_array_equal(some[evenly], every[evenly])
    deciles = np.quantile((every - low) / (high - low), np.linspace(0.1, 0.9, 9), axis=0)
    assert_allclose(deciles, np.tile(np.linspace(0.1, 0.9, 9)[:, None], 5), atol=0.015)


def test_corners_are_no_rarity_among_rows_drawn_evenly():
    low, high = limits("right")

    def in_corners(uniform):
        share = (synthesis(rows=20_000, uniform=uniform).targets - low) / (high - low)
        return (np.minimum(share, 1 - share) < 0.05).sum(axis=1) >= 3

    assert in_corners(1.0).mean() > 5 * in_corners(0.0).mean()


def test_new_poses_are_drawn_as_the_rows_are():
    low, high = limits("left")

    drawn = Arkoma("left", 500, 1.0, 0, None, "vector").draw(20_000, seed=9).targets

    assert_allclose(drawn.mean(axis=0), (low + high) / 2, atol=0.03)


def test_the_synthesis_has_the_shape_of_the_published_poses():
    published_mean = [98.9, 179.6, 88.9, -4.5, -1.7, 4.6]
    published_std = [76.2, 52.8, 124.3, 46.9, 55.5, 32.8]

    poses = synthesis("left", rows=20_000, uniform=0.0).inputs

    assert_allclose(poses.mean(axis=0), published_mean, atol=10)
    assert_allclose(poses.std(axis=0), published_std, atol=11)


def test_joints_have_the_published_quantiles():
    joints = synthesis("right", rows=20_000, uniform=0.0).targets

    quartiles = np.quantile(joints, [0.25, 0.5, 0.75], axis=0)

    assert_allclose(quartiles[1], [0.242, -0.623, 0.330, 0.715, -0.067], atol=0.03)
    assert_allclose(quartiles[0], [-0.623, -0.831, -0.218, 0.531, -0.538], atol=0.03)
    assert_allclose(quartiles[2], [0.816, -0.396, 0.777, 0.889, 0.464], atol=0.03)


def test_numbers_have_the_digits_of_the_files():
    data = synthesis()

    assert_array_equal(data.inputs, np.round(data.inputs, 2))
    assert_array_equal(data.targets, np.round(data.targets, 5))
    assert_array_equal(data.inputs, pose(data.targets, "right"))


def test_a_synthesis_says_that_it_is_one():
    data = synthesis("right")

    assert data.title == "ARKOMA synthesis, right arm"
    assert data.notes == [
        "a synthesis drawn by the published recipe, not the published files; dataset.path reads those",
        "of 10 % of the rows, joints lie anywhere within their limits",
    ]
    assert data.given_split is None


def test_nothing_is_said_of_rows_drawn_evenly_where_there_are_none():
    assert len(synthesis(uniform=0.0).notes) == 1


def test_columns_and_targets_have_the_names_of_the_files():
    data = synthesis()

    assert [column.name for column in data.columns] == ["Px", "Py", "Pz", "Rx", "Ry", "Rz"]
    assert data.target_names == ("joint1", "joint2", "joint3", "joint4", "joint5")
    assert data.task == Arkoma.task == "regression"


def test_the_judge_knows_the_arm():
    data = Arkoma("left", 500, 0.1, 0, None, "vector")

    own_metrics = data.own_metrics()

    assert own_metrics == ArmMetrics("left")


def test_settings_are_refused_by_name():
    values = {
        "arm": "rigth",
        "rows": 10,
        "uniform": 1.5,
        "seed": -1,
        "path": 3,
        "rotation": "matrix",
    }

    _, problems = read(Arkoma, values, "dataset")

    assert (
        str(problems[0])
        == "dataset.arm='rigth': expected one of right, left; did you mean 'right'?"
    )
    assert [problem.key for problem in problems[1:]] == [
        "dataset.rows",
        "dataset.uniform",
        "dataset.seed",
        "dataset.path",
    ]


def test_a_test_of_its_own_has_rows_drawn_evenly_that_nobody_learns_from():
    low, high = limits("left")
    dataset = Arkoma("left", 500, 0.1, 0, None, "vector")

    test = dataset.tests()["uniform"]

    assert_allclose(test.targets.mean(axis=0), (low + high) / 2, atol=0.1)
    assert not np.isin(test.targets, dataset.draw(2000, seed=0).targets).all(axis=1).any()
    assert_array_equal(test.targets, replace(dataset, seed=5).tests()["uniform"].targets)


# The published files


@pytest.mark.parametrize("arm", ["left", "right"])
def test_the_published_folders_are_read_with_their_split(folder, arm):
    drawn = np.concatenate(
        [draw_joints(rows, seed, 0.1) for seed, rows in enumerate(ROWS.values())]
    )

    data = Arkoma(arm, 500, 0.1, 0, str(folder), "vector").load()

    assert_array_equal(data.targets, drawn * (1 if arm == "left" else MIRROR))
    assert_array_equal(data.inputs, pose(data.targets, arm))
    assert [rows.tolist() for rows in data.given_split] == [[0, 1, 2, 3, 4, 5], [6, 7, 8], [9, 10]]
    assert data.title == f"ARKOMA, {arm} arm"
    assert data.notes == ()


def test_the_folder_of_one_arm_reads_as_the_folder_of_both(folder):
    both = Arkoma("right", 500, 0.1, 0, str(folder), "vector").load()

    one = Arkoma("right", 500, 0.1, 0, str(folder / "Right Arm Dataset"), "vector").load()

    assert_array_equal(one.inputs, both.inputs)
    assert_array_equal(one.targets, both.targets)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(folder):
    plain = Arkoma("right", 500, 0.1, 0, str(folder), "vector").load()
    file = folder / "Right Arm Dataset" / "RVal_x.csv"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n") + b"\r\n\r\n")

    data = Arkoma("right", 500, 0.1, 0, str(folder), "vector").load()

    assert_array_equal(data.inputs, plain.inputs)


def test_joints_that_do_not_lead_to_their_pose_are_noted(folder):
    file = folder / "Right Arm Dataset" / "RTrain_y.csv"
    header, *rows = file.read_text().splitlines()
    file.write_text("\n".join([header, rows[1], rows[0], *rows[2:]]))

    data = Arkoma("right", 500, 0.1, 0, str(folder), "vector").load()

    assert data.notes == (
        "in 2 of 11 rows the joints do not put the hand of the right arm at Px, Py, Pz",
    )


def test_missing_files_are_named(folder):
    place = folder / "Right Arm Dataset"
    (place / "RVal_y.csv").unlink()
    (place / "RTest_x.csv").unlink()

    message = refusal("right", folder)

    assert message == (
        f"dataset.path='{folder}': no RVal_y.csv, RTest_x.csv in '{place}'; "
        "unpack the published zip there, or set dataset.path=null for a synthesis"
    )


def test_the_folder_of_the_other_arm_is_recognised(folder):
    place = folder / "Left Arm Dataset"

    message = refusal("right", place)

    assert message == (
        f"dataset.path='{place}': no RTrain_x.csv, RTrain_y.csv, RVal_x.csv, RVal_y.csv, RTest_x.csv, RTest_y.csv "
        f"in '{place}'; set dataset.arm=left, whose files are there"
    )


def test_a_misspelt_folder_gets_a_suggestion(folder):
    message = refusal("right", folder / "Right Arm Datset")

    assert (
        message
        == f"dataset.path='{folder}/Right Arm Datset': not found; did you mean 'Right Arm Dataset'?"
    )


def test_a_folder_that_is_nowhere_is_refused(tmp_path):
    message = refusal("right", tmp_path / "a" / "b")

    assert message == (
        f"dataset.path='{tmp_path}/a/b': not found; give the folder that holds the published CSV files"
    )


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "arkoma.zip").touch()

    message = refusal("right", tmp_path / "arkoma.zip")

    assert message == (
        f"dataset.path='{tmp_path}/arkoma.zip': is a file; give the folder that holds the published CSV files"
    )


BROKEN = {
    "text cell": (
        "x\n1,2,3,4,5,6\n1,abc,3,4,5,6\n",
        ":3: column 'Py': 'abc' is not a number; take the file from the published zip again",
    ),
    "infinite cell": (
        "x\n1,2,3,4,5,inf\n",
        ":2: column 'Rz': 'inf' is not a number; take the file from the published zip again",
    ),
    "underscore": (
        "x\n1_000,2,3,4,5,6\n",
        ":2: column 'Px': '1_000' is not a number; take the file from the published zip again",
    ),
    "empty cell": (
        "x\n1,2,,4,5,6\n",
        ":2: column 'Pz': '' is not a number; take the file from the published zip again",
    ),
    "short line": (
        "x\n1,2,3\n",
        ":2: 3 fields, the header has 6; take the file from the published zip again",
    ),
    "blank line": (
        "x\n1,2,3,4,5,6\n\n1,2,3,4,5,6\n",
        ":3: 1 field, the header has 6; take the file from the published zip again",
    ),
    "wrong header": (
        "a,b\n1,2\n",
        ":1: the header is 'a,b'; it must be 'Px,Py,Pz,Rx,Ry,Rz'",
    ),
    "no rows": ("x\n", ": has a header but no rows; take the file from the published zip again"),
    "empty file": ("", ": the file is empty; take the file from the published zip again"),
    "another encoding": (
        "é",
        ": byte 0xE9 is not UTF-8 text; take the file from the published zip again",
    ),
}


@pytest.mark.parametrize("case", list(BROKEN))
def test_a_broken_file_is_named_with_its_line(folder, case):
    text, expected = BROKEN[case]
    file = folder / "Right Arm Dataset" / "RVal_x.csv"
    file.write_text(text.replace("x\n", "Px,Py,Pz,Rx,Ry,Rz\n", 1), encoding="latin-1")

    message = refusal("right", folder)

    assert message == f"{file}{expected}"


def test_poses_and_joints_have_as_many_rows(folder):
    file = folder / "Right Arm Dataset" / "RVal_y.csv"
    file.write_text("\n".join(file.read_text().splitlines()[:-1]))

    message = refusal("right", folder)

    assert (
        message == f"{file}: 2 rows, RVal_x.csv has 3; take the file from the published zip again"
    )


def test_the_problems_of_all_files_are_told_at_once(folder):
    place = folder / "Right Arm Dataset"
    (place / "RTrain_x.csv").write_text("Px,Py,Pz,Rx,Ry,Rz\n" + "1;2;3;4;5;6\n" * 5)
    (place / "RTest_y.csv").write_text("")

    lines = refusal("right", folder).splitlines()

    again = "take the file from the published zip again"
    assert lines == [
        f"{place}/RTrain_x.csv:2: 1 field, the header has 6; {again}",
        f"{place}/RTrain_x.csv:3: 1 field, the header has 6; {again}",
        f"{place}/RTrain_x.csv:4: 1 field, the header has 6; {again}",
        f"{place}/RTrain_x.csv: 2 more like these; {again}",
        f"{place}/RTest_y.csv: the file is empty; {again}",
    ]
