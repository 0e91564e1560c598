"""The small sets that are shipped inside the package, and the logic tables.

The files hold exactly what scikit-learn's copies of the sets hold; ``files/CREDITS`` says where
they come from.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from glassnet.data.dataset import Dataset

__all__ = ["LOGIC", "SHIPPED", "logic_table", "shipped"]

_FOLDER = Path(__file__).parent / "files"

SHIPPED: dict[str, dict[str, object]] = {
    "digits": {
        "description": "1,797 handwritten digits, 8x8 pixels with values 0 to 16",
        "target_name": "digit",
        "image_shape": (8, 8, 1),
    },
    "iris": {
        "description": "150 iris flowers of three species, four lengths in centimetres",
        "target_name": "species",
    },
    "wine": {
        "description": "178 wines of three growers in one region, 13 chemical measurements",
        "target_name": "grower",
    },
    "breast_cancer": {
        "description": "569 breast tumours, 30 measurements of their cell nuclei",
        "target_name": "diagnosis",
    },
    "diabetes": {
        "description": "442 diabetes patients, ten scaled measurements; progression after a year",
        "target_name": "progression",
        "task": "regression",
    },
}

LOGIC: dict[str, tuple[int, int, int, int]] = {  # outputs for 00, 01, 10, 11
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "xor": (0, 1, 1, 0),
    "nand": (1, 1, 1, 0),
}


def shipped(name: str) -> Dataset:
    """Return one of the sets of `SHIPPED`.

    Examples
    --------
    >>> shipped("iris")
    <Dataset iris: 150 rows, x (150, 4) float32, 3 classes>
    """
    with np.load(_FOLDER / f"{name}.npz", allow_pickle=False) as file:
        x = file["x"].astype(np.float32)
        y = file["y"]
        features = tuple(file["feature_names"].tolist())
        classes = tuple(file["class_names"].tolist()) if "class_names" in file else ()
    if classes:
        y = y.astype(np.int64)
    facts = SHIPPED[name]
    return Dataset(x, y, feature_names=features, class_names=classes, name=name, **facts)  # type: ignore[arg-type]


def logic_table(name: str) -> Dataset:
    """Return the truth table of a logic function of two inputs.

    The outputs are class numbers of shape ``(4,)``, like those of every classification set. A
    network with one sigmoid unit is compared with targets of shape ``(4, 1)``: ``y[:, None]``.

    Examples
    --------
    >>> table = logic_table("xor")
    >>> table.x.tolist(), table.y.tolist()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    return Dataset(
        np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32),
        np.array(LOGIC[name], np.int64),
        feature_names=("a", "b"),
        class_names=("0", "1"),
        target_name=f"a {name} b",
        name=name,
        description=f"the truth table of {name.upper()}",
        complete=True,
    )
