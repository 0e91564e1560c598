"""MNIST and its relatives: four IDX files, found on disk or downloaded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glassnet.data.dataset import Dataset
from glassnet.data.download import cache_folder, fetch, md5_of
from glassnet.data.idx import read_idx
from glassnet.data.limits import enough_memory
from glassnet.data.splits import Split
from glassnet.errors import DataError, FileFormatError

__all__ = ["FASHION_MNIST", "MNIST", "ImageSet"]

PARTS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@dataclass(frozen=True)
class ImageSet:
    """A set of grey images published as four IDX files.

    Parameters
    ----------
    name, description : str
        A short name, which is also the name of the folder, and one line about the images.
    class_names : tuple of str
        Name of each class.
    md5 : tuple of str
        MD5 of the four compressed files, in the order of `PARTS`.
    mirrors : tuple of str
        Addresses of the folders the files are published in.
    """

    name: str
    description: str
    class_names: tuple[str, ...]
    md5: tuple[str, ...]
    mirrors: tuple[str, ...]

    def load_data(
        self, folder: str | Path | None = None, *, mirrors: Sequence[str] | None = None
    ) -> Split:
        """Return ``(x_train, y_train), (x_test, y_test)``, the official split.

        `x` holds uint8 pixels of shape ``(n, 28, 28)``, as Keras gives them; `y` holds class
        numbers, int64 of shape ``(n,)``.

        Parameters
        ----------
        folder : str or Path, optional
            Folder that holds the four files, compressed or not. By default they are looked
            for in ``GLASSNET_DATA`` and its subfolder of the set's name, then in the cache,
            and otherwise downloaded into the cache.
        mirrors : sequence of str, optional
            Addresses to download from, instead of ``GLASSNET_MIRROR`` and the published ones.
        """
        return self.info(folder, mirrors=mirrors).split()

    def info(
        self, folder: str | Path | None = None, *, mirrors: Sequence[str] | None = None
    ) -> Dataset:
        """Return all rows with their names as one `Dataset`; parameters as in `load_data`."""
        paths = self._paths(folder, mirrors)
        arrays = [read_idx(path) for path in paths]
        for images, labels, place in ((0, 1, "train"), (2, 3, "t10k")):
            self._check(arrays[images], arrays[labels], paths[images].parent / place)
        if arrays[0].shape[1:] != arrays[2].shape[1:]:
            raise FileFormatError(
                f"the training images in {paths[0].parent} have the shape {arrays[0].shape[1:]}, "
                f"the test images {arrays[2].shape[1:]}; they must agree"
            )
        with enough_memory(paths[0]):
            x = np.concatenate([arrays[0], arrays[2]])
        y = np.concatenate([arrays[1], arrays[3]]).astype(np.int64)
        return Dataset(
            x,
            y,
            class_names=self.class_names,
            image_shape=(*x.shape[1:], 1),
            name=self.name,
            description=self.description,
            train_rows=len(arrays[0]),
        )

    def _check(self, images: np.ndarray, labels: np.ndarray, place: Path) -> None:
        if images.ndim != 3 or images.dtype != np.uint8 or labels.shape != images.shape[:1]:
            raise FileFormatError(
                f"the files {place}-* hold images of shape {images.shape} and labels of shape "
                f"{labels.shape}; expected are (n, height, width) and (n,)"
            )
        if labels.dtype.kind not in "iu":
            raise FileFormatError(
                f"{place}-labels holds numbers of type {labels.dtype}; expected are whole ones"
            )
        low, high = labels.min(initial=0), labels.max(initial=0)
        if low < 0 or high >= len(self.class_names):
            raise FileFormatError(
                f"{place}-labels holds the label {low if low < 0 else high}; expected are 0 to "
                f"{len(self.class_names) - 1}"
            )

    def _paths(self, folder: str | Path | None, mirrors: Sequence[str] | None) -> list[Path]:
        """Return the four files: from the folder given, the environment, the cache or the net."""
        if folder is not None:
            return self._in_given_folder(Path(folder).expanduser())
        if data := os.environ.get("GLASSNET_DATA"):
            root = Path(data).expanduser()
            # The files of all sets have the same names: beside a subfolder of the right name,
            # the folder itself counts only if it does not hold another set.
            for place in (root / self.name, root):
                paths = _all_parts(place)
                if paths and not _other_set(self, place, paths):
                    return paths
        cache = cache_folder() / self.name
        return _all_parts(cache) or self._download(cache, mirrors)

    def _in_given_folder(self, folder: Path) -> list[Path]:
        for place in (folder, folder / self.name):
            if paths := _all_parts(place):
                if other := _other_set(self, place, paths):
                    raise DataError(f"the files in {place} are those of {other}, not {self.name}")
                return paths
        missing = [part for part in PARTS if _part(folder, part) is None]
        raise DataError(
            f"{folder} does not hold the files of {self.name}. Missing, each with or without .gz: "
            f"{', '.join(missing)}"
        )

    def _download(self, cache: Path, mirrors: Sequence[str] | None) -> list[Path]:
        """Fetch the files that are not in the cache yet."""
        folders = list(mirrors or self._mirrors())
        paths = []
        for part, md5 in zip(PARTS, self.md5, strict=True):
            path = _part(cache, part)
            if path is None:
                urls = [f"{folder.rstrip('/')}/{part}.gz" for folder in folders]
                try:
                    path = fetch(urls, cache / f"{part}.gz", md5)
                except DataError as error:
                    raise DataError(self._by_hand(cache, str(error))) from None
            paths.append(path)
        return paths

    def _mirrors(self) -> Sequence[str]:
        own = os.environ.get("GLASSNET_MIRROR", "").rstrip("/")
        return (f"{own}/{self.name}", own) if own else self.mirrors

    def _by_hand(self, cache: Path, failures: str) -> str:
        files = "\n".join(
            f"  {part}.gz   MD5 {md5}" for part, md5 in zip(PARTS, self.md5, strict=True)
        )
        places = "\n".join(f"  {mirror}" for mirror in self.mirrors)
        return (
            f"{self.name} could not be downloaded:\n{failures}\n"
            f"To get it by hand, put these four files\n{files}\n"
            f"from one of\n{places}\ninto the folder\n  {cache}\n"
            "or into a folder of your own, and pass folder=... or set GLASSNET_DATA to it"
        )


def _part(folder: Path, part: str) -> Path | None:
    """Return the file of this name in the folder, under any of the spellings in use."""
    for name in (part, part.replace("-idx", ".idx")):
        for path in (folder / f"{name}.gz", folder / name):
            if path.is_file():
                return path
    return None


def _all_parts(folder: Path) -> list[Path]:
    """Return the four files, or nothing if one is missing."""
    paths = [path for part in PARTS if (path := _part(folder, part))]
    return paths if len(paths) == len(PARTS) else []


def _other_set(wanted: ImageSet, folder: Path, paths: list[Path]) -> str | None:
    """Return the name of the other set that lies in the folder, if it is another.

    Told by the small file of test labels; by the folder's name where that is not compressed.
    """
    if folder.name == wanted.name:
        return None
    checksum = md5_of(paths[3])
    for other in (MNIST, FASHION_MNIST):
        if other.name != wanted.name and (checksum == other.md5[3] or folder.name == other.name):
            return other.name
    return None


MNIST = ImageSet(
    "mnist",
    "70,000 handwritten digits, 28x28 pixels with values 0 to 255",
    tuple("0123456789"),
    (
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
    (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
)

FASHION_MNIST = ImageSet(
    "fashion_mnist",
    "70,000 pictures of clothes, 28x28 pixels with values 0 to 255",
    (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    (
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
    (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ),
)
