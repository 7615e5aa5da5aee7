"""MNIST and Fashion-MNIST: 70,000 images of 28×28 pixels in ten classes, from four files each."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy import ndarray

from nnrun.errors import Mistake, Problem, Problems, listing
from nnrun.parts.dataset.data import Column, Columns, Data
from nnrun.parts.dataset.download import download, put, reason_of
from nnrun.parts.dataset.idx import read_idx
from nnrun.parts.dataset.origin import Origin
from nnrun.parts.dataset.published import damaged, folder_named, no_folder
from nnrun.parts.dataset.split import cut
from nnrun.parts.dataset.wording import mistake_at
from nnrun.parts.interface import Dataset, Reasons, part
from nnrun.parts.kinds import Fraction, Names, Seed, show

FILES = (  # images before their labels, the training rows before the test rows
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


FOLDER = "give the folder that holds the four IDX files"


@dataclass(frozen=True)
class Source:
    """What is known of an image set beside its pixels, and where it is published."""

    option: str  # its name in conf/dataset, and of its folder under data
    title: str
    target: str
    classes: Names
    mirrors: Names
    md5: Names  # of the gzipped files

    @property
    def folder(self) -> Path:
        return Path("data") / self.option


MNIST = Source(
    option="mnist",
    title="MNIST, handwritten digits",
    target="digit",
    classes=tuple("0123456789"),
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    md5=(
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
)
FASHION = Source(
    option="fashion_mnist",
    title="Fashion-MNIST, pieces of clothing",
    target="piece",
    classes=(
        *("T-shirt/top", "trouser", "pullover", "dress", "coat"),
        *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
    ),
    mirrors=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
    md5=(
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
)


@part
class Images(Dataset):
    """A published image set, whose test rows are the test part."""

    path: str | None
    val: Fraction
    seed: Seed
    source: ClassVar[Source]
    task = "classification"

    def problems(self) -> Problems:
        return no_folder(self.path)

    @property
    def splits_itself(self) -> bool:
        return True

    def without_effect(self) -> Reasons:
        why = "the test rows are the published ones"
        advice = "set dataset.val, the share of the others that validate"
        return {f"dataset.split.{share}": (why, advice) for share in ("train", "val", "test")}

    def load(self) -> Data:
        """Read the images as rows of pixels, the published test rows last."""
        files, notes = find(self.source, self.path)
        images, labels = read_pair(*files[:2])
        tested, tested_labels = read_pair(*files[2:])
        if images.shape[1:] != tested.shape[1:]:
            sizes = f"{side_lengths(tested)} and {side_lengths(images)}"
            wrong = f"its images and those of {files[0].name} differ in size ({sizes})"
            raise Mistake(damaged(files[2], wrong))
        trained, validated = self.hold_out(labels, files[1])
        targets = np.concatenate([labels, tested_labels]).astype(np.int64)
        return Data(
            title=self.source.title,
            columns=pixels(*images.shape[1:]),
            inputs=np.concatenate([images, tested]).reshape(len(targets), -1),
            target_names=(self.source.target,),
            targets=targets,
            classes=self.source.classes,
            given_split=(trained, validated, np.arange(len(labels), len(targets))),
            notes=notes,
            origins=[*map(Origin.of_file, files)],
            task="classification",
        )

    def hold_out(self, labels: ndarray, file: Path) -> tuple[ndarray, ndarray]:
        """Cut a share from the training rows that validates; classes keep their shares."""
        if not self.val:
            return np.arange(len(labels)), np.arange(0)
        size, counts = round(len(labels) * self.val), np.bincount(labels)
        if 1 in counts:
            wrong = f"one image alone has label {np.flatnonzero(counts == 1)[0]}"
            raise mistake_at(file, wrong, "give two, one to validate")
        present = np.count_nonzero(counts)
        if min(size, len(labels) - size) < present:
            parts = f"{len(labels) - size} rows to train and {size} to validate"
            wrong = f"leaves {parts}, fewer than the {present} classes"
            raise Mistake(Problem("dataset.val", f"{self.val:g}", wrong, "bring it nearer to 0.5"))
        return cut(np.arange(len(labels)), size, self.seed, labels)


class Mnist(Images):
    """Which of ten digits a person wrote."""

    source = MNIST


class FashionMnist(Images):
    """Which of ten pieces of clothing is seen."""

    source = FASHION


def pixels(height: int, width: int) -> Columns:
    """Name the columns of an image's pixels, row by row."""
    return tuple(Column(f"p{row}_{column}") for row in range(height) for column in range(width))


def side_lengths(images: ndarray) -> str:
    return "×".join(map(str, images.shape[1:]))


def read_pair(images: Path, labels: Path) -> tuple[ndarray, ndarray]:
    """Read images and the labels that belong to them."""
    pixels, classes = read_idx(images, axes=3), read_idx(labels, axes=1)
    if len(pixels) != len(classes):
        wrong = f"{len(classes):,} labels, {images.name} has {len(pixels):,} images"
        raise Mistake(damaged(labels, wrong))
    if classes.max() > 9:
        wrong = f"image {classes.argmax()} has label {classes.max()}, which is not one of 0 to 9"
        raise Mistake(damaged(labels, wrong))
    return pixels, classes


# The four files


def find(source: Source, path: str | None) -> tuple[list[Path], tuple[str, ...]]:
    """Find the four files, fetched into data/ where no other folder is named, with a note then."""
    folder = source.folder if path is None else folder_named(path, FOLDER)
    missing = [name for name in FILES if not os.path.isfile(place(folder, name))]
    if missing and path is not None:
        wrong = f"no {listing(missing)} there, plain or .gz"
        advice = f"put them there, or set dataset.path=null to take {source.folder}"
        raise Mistake(Problem("dataset.path", show(path), wrong, advice))
    notes = []
    if missing:
        fetch(source, missing)
        notes.append(f"fetched {listing(missing)} into {folder}")
    return [place(folder, name) for name in FILES], tuple(notes)


def place(folder: Path, name: str) -> Path:
    """Give the path of one of the files, which may be gzipped."""
    plain = folder / name
    return plain if os.path.isfile(plain) else folder / f"{name}.gz"


def fetch(source: Source, names: list[str]) -> None:
    """Bring files from a mirror into the source's folder, each whole or not at all."""
    for i, name in enumerate(names):
        zipped = f"{name}.gz"
        try:
            content = download(source.mirrors, zipped, source.md5[FILES.index(name)])
            source.folder.mkdir(parents=True, exist_ok=True)
            put(source.folder / zipped, content)
        except OSError as error:
            folder = source.folder.absolute()
            wrong = f"no {listing(names[i:])} in '{folder}', and fetching failed"
            advice = (
                "connect to the internet, or put the files there,"
                " or name their folder with dataset.path"
            )
            reason = f"{wrong} ({reason_of(error)})"
            raise Mistake(Problem("dataset", source.option, reason, advice)) from None
