"""Image sets come from their four files, wherever these are; they are fetched whole or not at all."""

import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from nnrun.errors import Mistake
from nnrun.parts.dataset import images
from nnrun.parts.dataset.images import FASHION, FILES, MNIST, FashionMnist, Mnist


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def mirror(tmp_path, monkeypatch, image_files):
    """MNIST, small, on a mirror that is a folder; gives the folder."""
    folder = image_files("mirror", zipped=True)
    sums = tuple(hashlib.md5((folder / f"{name}.gz").read_bytes()).hexdigest() for name in FILES)
    gone = (tmp_path / "gone").as_uri() + "/"
    monkeypatch.setattr(
        Mnist, "source", replace(MNIST, mirrors=(gone, folder.absolute().as_uri() + "/"), md5=sums)
    )
    return folder


def mnist(path="files", val=0.1, seed=0):
    return Mnist(path, val, seed)


def refused(dataset):
    with pytest.raises(Mistake) as caught:
        dataset.load()
    (line,) = str(caught.value).splitlines()
    return line


# What is read


@pytest.mark.parametrize("zipped", [False, True])
def test_rows_are_the_pixels_of_the_files_and_the_test_rows_come_last(zipped, image_files):
    folder = image_files("files", zipped=zipped)

    data = mnist().load()

    content = (folder / (FILES[2] + ".gz" * zipped)).read_bytes()
    last = np.frombuffer((gzip.decompress(content) if zipped else content)[16:], np.uint8)
    assert data.inputs.shape == (260, 784)
    assert data.inputs.dtype == np.uint8
    assert_array_equal(data.inputs[200:].ravel(), last)
    assert_array_equal(data.given_split[2], np.arange(200, 260))
    assert [data.columns[i].name for i in (0, 29, 783)] == ["p0_0", "p1_1", "p27_27"]


@pytest.mark.parametrize(("kind", "source"), [(Mnist, MNIST), (FashionMnist, FASHION)])
def test_each_set_has_its_names(kind, source, image_files):
    image_files("files")

    data = kind("files", 0.1, 0).load()

    assert (data.title, data.classes, data.target_names) == (
        source.title,
        source.classes,
        (source.target,),
    )
    assert len(set(data.classes)) == 10
    assert data.targets.dtype == np.int64


def test_rows_that_validate_are_a_share_of_each_class_and_follow_from_the_seed(image_files):
    image_files("files")

    first, again, other = (mnist(val=0.25, seed=seed).load() for seed in (1, 1, 2))

    trained, validated, _ = first.given_split
    assert (len(trained), len(validated)) == (150, 50)
    assert_array_equal(np.bincount(first.targets[validated]), [5] * 10)
    assert sorted([*trained, *validated]) == list(range(200))
    assert_array_equal(validated, again.given_split[1])
    assert set(validated) != set(other.given_split[1])


def test_without_a_path_the_files_lie_under_data(image_files):
    image_files("data/mnist")
    image_files("data/fashion_mnist")

    assert mnist(path=None).load().rows == FashionMnist(None, 0.1, 0).load().rows == 260
    assert mnist(path=None).load().notes == ()


# What is refused


def test_a_folder_that_is_none_is_told(image_files):
    image_files("files")

    advice = "give the folder that holds the four IDX files"
    assert refused(mnist("nowhere")) == f"dataset.path='nowhere': not found; {advice}"
    assert refused(mnist("fils")) == "dataset.path='fils': not found; did you mean 'files'?"
    assert (
        refused(mnist(f"files/{FILES[0]}"))
        == f"dataset.path='files/{FILES[0]}': is a file; {advice}"
    )


def test_files_that_are_missing_from_a_named_folder_are_told_and_not_fetched(image_files, mirror):
    (image_files("files") / FILES[1]).unlink()

    assert refused(mnist()) == (
        "dataset.path='files': no train-labels-idx1-ubyte there, plain or .gz; put them there,"
        " or set dataset.path=null to take data/mnist"
    )


def test_labels_and_images_of_different_number_are_told(image_files):
    folder = image_files("files")
    (folder / FILES[3]).replace(folder / FILES[1])
    (folder / FILES[3]).write_bytes((folder / FILES[1]).read_bytes())

    assert refused(mnist()).startswith(f"files/{FILES[1]}: 60 labels, {FILES[0]} has 200 images; ")


def test_an_eleventh_label_is_told(image_files):
    folder = image_files("files")
    labels = bytearray((folder / FILES[1]).read_bytes())
    labels[8 + 17] = 10
    (folder / FILES[1]).write_bytes(labels)

    assert refused(mnist()).startswith(
        f"files/{FILES[1]}: image 17 has label 10, which is not one of 0 to 9; "
    )


def test_images_of_two_sizes_are_told(image_files):
    folder = image_files("files")
    (image_files("small", side=8) / FILES[2]).replace(folder / FILES[2])

    assert refused(mnist()).startswith(
        f"files/{FILES[2]}: its images and those of {FILES[0]} differ in size (8×8 and 28×28); "
    )


@pytest.mark.parametrize("val", [0.01, 0.99])
def test_a_share_too_small_for_the_classes_is_told(val, image_files):
    image_files("files")

    assert refused(mnist(val=val)).startswith(f"dataset.val={val:g}: leaves ")


def test_a_split_that_would_do_nothing_is_told(nnrun, image_files):
    image_files("files")

    words = ("check", "dataset=mnist", "dataset.path=files")
    ran = nnrun(*words, "dataset.split.train=0.6")
    among_others = nnrun(*words, "dataset.split={train: 0.6, seed: 2}")

    why = "has no effect, as the test rows are the published ones; set dataset.val"
    assert ran.code == among_others.code == 2
    assert f"error: dataset.split.train=0.6: {why}" in ran.err
    assert f"error: dataset.split={{train: 0.6, seed: 2}}: {why}" in among_others.err


def test_the_rows_that_validate_follow_the_seed_of_the_split(composer):
    words = ("dataset=mnist", "seed=5", "dataset.split.seed=3"), ("dataset=mnist", "seed=5")

    assert [job.config["dataset"]["seed"] for one in words for job in composer(*one)] == [3, 0]


# What is fetched


def test_missing_files_are_fetched_once_from_a_mirror_that_has_them(mirror, monkeypatch):
    first = mnist(path=None).load()
    monkeypatch.setattr(images, "download", None)  # from here on nobody may call it

    second = mnist(path=None).load()

    assert first.notes == (f"fetched {', '.join(FILES)} into data/mnist",)
    assert second.notes == ()
    assert_array_equal(first.inputs, second.inputs)
    assert sorted(file.name for file in Path("data/mnist").iterdir()) == sorted(
        f"{name}.gz" for name in FILES
    )


def test_only_what_is_missing_is_fetched(mirror):
    mnist(path=None).load()
    (Path("data/mnist") / f"{FILES[3]}.gz").unlink()

    assert mnist(path=None).load().notes == (f"fetched {FILES[3]} into data/mnist",)


def test_a_file_with_another_sum_is_not_kept(mirror):
    (mirror / f"{FILES[1]}.gz").write_bytes(b"something else")

    told = refused(mnist(path=None))

    assert told.startswith(
        "dataset=mnist: no train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte"
    )
    assert "has md5 6c7ba9c5a141421e1c03cb9807c97c74, published was " in told
    assert [file.name for file in Path("data/mnist").iterdir()] == [f"{FILES[0]}.gz"]


def test_without_internet_it_is_told_what_to_do(mirror, tmp_path, monkeypatch):
    nowhere = replace(MNIST, mirrors=((tmp_path / "gone").as_uri() + "/",))
    monkeypatch.setattr(Mnist, "source", nowhere)

    told = refused(mnist(path=None))

    assert told.startswith(
        f"dataset=mnist: no {', '.join(FILES)} in '{tmp_path}/data/mnist', and fetching failed ("
    )
    assert told.endswith(
        "connect to the internet, or put the files there, or name their folder with dataset.path"
    )
    assert not Path("data").exists()


def test_a_folder_that_cannot_be_made_is_told(mirror):
    Path("data").write_text("a file")

    assert "and fetching failed (" in refused(mnist(path=None))


# The published files


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), [("mnist", Mnist), ("fashion", FashionMnist)])
def test_the_published_files_are_read(name, kind, published):
    data = kind(str(published(name)), 0.1, 0).load()

    assert data.inputs.shape == (70_000, 784)
    assert [len(rows) for rows in data.given_split] == [54_000, 6_000, 10_000]
    assert set(np.bincount(data.targets[60_000:])) == {1000} or name == "mnist"
