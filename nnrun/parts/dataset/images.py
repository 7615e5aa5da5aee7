"""MNIST and Fashion-MNIST: 70,000 images of 28×28 pixels in ten classes, from their four published files."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from nnrun.errors import Mistake, listing
from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.dataset.idx import AGAIN, read_idx
from nnrun.parts.dataset.split import cut
from nnrun.parts.interface import Dataset
from nnrun.parts.kinds import Seed, Share, show

FILES = (  # images before their labels, the training rows before the test rows
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
SILENCE = 20  # seconds without a byte after which a mirror is given up
LARGEST = 2**26  # bytes; the largest published file has 26 MB


@dataclass(frozen=True)
class Source:
    """What is known of an image set beside its pixels, and where it is published."""

    option: str  # its name in conf/dataset, and of its folder under data
    title: str
    target: str
    classes: tuple[str, ...]
    mirrors: tuple[str, ...]
    md5: tuple[str, ...]  # of the gzipped files

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


@dataclass(frozen=True)
class Images(Dataset):
    """A published image set, whose test rows are the test part."""

    path: str | None
    val: Share
    seed: Seed
    source: ClassVar[Source]
    task = "classification"

    def without_effect(self) -> dict[str, tuple[str, str]]:
        why = "the test rows are the published ones"
        advice = "set dataset.val, the share of the others that validate, or dataset.seed"
        return {"dataset.split": (why, advice)}

    def load(self) -> Data:
        return load(self.source, self.path, self.val, self.seed)


class Mnist(Images):
    """Which of ten digits a person wrote."""

    source = MNIST


class FashionMnist(Images):
    """Which of ten pieces of clothing is seen."""

    source = FASHION


def load(source: Source, path: str | None, val: float, seed: int) -> Data:
    """An image set as rows of pixels, the published test rows last."""
    files, notes = find(source, path)
    images, labels = read_pair(*files[:2])
    tested, tested_labels = read_pair(*files[2:])
    if images.shape[1:] != tested.shape[1:]:
        shapes = " and ".join("×".join(map(str, shown.shape[1:])) for shown in (tested, images))
        raise Mistake(
            f"{files[2]}: its images and those of {files[0].name} differ in size ({shapes}); {AGAIN}"
        )
    height, width = images.shape[1:]
    trained, validated = hold_out(labels, val, seed, files[1])
    targets = np.concatenate([labels, tested_labels]).astype(np.int64)
    return Data(
        title=source.title,
        columns=tuple(
            Column(f"p{row}_{column}") for row in range(height) for column in range(width)
        ),
        inputs=np.concatenate([images, tested]).reshape(len(targets), -1),
        target_names=(source.target,),
        targets=targets,
        classes=source.classes,
        given_split=(trained, validated, np.arange(len(labels), len(targets))),
        notes=notes,
        task="classification",
    )


def read_pair(images: Path, labels: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images and the labels that belong to them."""
    pixels, classes = read_idx(images, axes=3), read_idx(labels, axes=1)
    if len(pixels) != len(classes):
        raise Mistake(
            f"{labels}: {len(classes):,} labels, {images.name} has {len(pixels):,} images; {AGAIN}"
        )
    if classes.max() > 9:
        raise Mistake(
            f"{labels}: label {classes.max()} at image {classes.argmax()}; labels are 0 to 9; {AGAIN}"
        )
    return pixels, classes


def hold_out(
    labels: np.ndarray, val: float, seed: int, file: Path
) -> tuple[np.ndarray, np.ndarray]:
    """The training rows without a share that validates, and that share; classes keep their shares."""
    counts = np.bincount(labels)
    present, size = np.count_nonzero(counts), round(len(labels) * val)
    if 1 in counts:
        raise Mistake(
            f"{file}: one image alone has label {np.flatnonzero(counts == 1)[0]}; give two, one to validate"
        )
    if min(size, len(labels) - size) < present:
        parts = f"{len(labels) - size} rows to train and {size} to validate"
        raise Mistake(
            f"dataset.val={val:g}: leaves {parts}, fewer than the {present} classes; bring it nearer to 0.5"
        )
    return cut(np.arange(len(labels)), size, seed, labels)


# The four files


def find(source: Source, path: str | None) -> tuple[list[Path], tuple[str, ...]]:
    """The four files, fetched into data/ if need be and nothing else was said; and a note when they were."""
    folder = source.folder if path is None else Path(os.path.expanduser(path))
    if path is not None and not os.path.isdir(folder):
        wrong = "is a file" if os.path.exists(folder) else "not found"
        raise Mistake(
            f"dataset.path={show(path)}: {wrong}; give the folder that holds the four IDX files"
        )
    missing = [name for name in FILES if not place(folder, name)]
    if missing and path is not None:
        named, advice = (
            f"dataset.path={show(path)}",
            f"or set dataset.path=null to take {source.folder}",
        )
        raise Mistake(
            f"{named}: no {listing(missing)} there, plain or .gz; put them there, {advice}"
        )
    if missing:
        fetch(source, missing)
    notes = (f"fetched {listing(missing)} into {folder}",) if missing else ()
    return [place(folder, name) or folder / name for name in FILES], notes


def place(folder: Path, name: str) -> Path | None:
    """Where one of the files is, plain or gzipped."""
    return next(
        (file for file in (folder / name, folder / f"{name}.gz") if os.path.isfile(file)), None
    )


def fetch(source: Source, names: list[str]) -> None:
    """Bring files from a mirror into the source's folder, each whole or not at all."""
    for name in names:
        try:
            content = download(source, f"{name}.gz", source.md5[FILES.index(name)])
            source.folder.mkdir(parents=True, exist_ok=True)
            put(source.folder / f"{name}.gz", content)
        except OSError as error:
            raise Mistake(
                f"dataset={source.option}: no {listing([name for name in names if not place(source.folder, name)])}"
                f" in '{source.folder.absolute()}', and fetching failed ({reason(error)}); connect to the internet,"
                " or put the files there, or name their folder with dataset.path"
            ) from None


def download(source: Source, name: str, md5: str) -> bytes:
    """A file from the first mirror that has it as it was published."""
    from http.client import HTTPException
    from urllib.request import urlopen

    failure = OSError("no mirror is known")
    for mirror in source.mirrors:
        try:
            with urlopen(mirror + name, timeout=SILENCE) as answer:
                content = answer.read(LARGEST)
        except (OSError, HTTPException) as error:
            failure = OSError(f"{mirror}: {reason(error)}")
            continue
        found = hashlib.md5(content, usedforsecurity=False).hexdigest()
        if found == md5:
            return content
        failure = OSError(f"{mirror}{name} has md5 {found}, published was {md5}")
    raise failure


def reason(error: Exception) -> str:
    """Why something failed, in one line."""
    return " ".join(str(getattr(error, "reason", None) or error).split()) or type(error).__name__


def put(file: Path, content: bytes) -> None:
    """Write a file that others see whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f"{file.name}.", delete=False) as half:
        try:
            half.write(content)
            half.close()
            os.chmod(half.name, 0o644)  # a temporary file is its owner's alone
            os.replace(half.name, file)
        except BaseException:
            os.unlink(half.name)
            raise
