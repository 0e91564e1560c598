from __future__ import annotations

import numpy as np
import pytest

from glassnet.data.encoding import LabelEncoding, to_categorical
from glassnet.errors import ArgumentError, DataError, DTypeError


def test_to_categorical():
    np.testing.assert_array_equal(to_categorical([0, 2], 4), [[1, 0, 0, 0], [0, 0, 1, 0]])
    assert to_categorical([1]).dtype == np.float32
    assert to_categorical([1], dtype="float64").dtype == np.float64
    assert to_categorical(np.zeros((5, 1), int), 3).shape == (5, 3)
    assert to_categorical(np.zeros((5, 2), int), 3).shape == (5, 2, 3)
    assert to_categorical(np.array([0.0, 1.0])).tolist() == [[1, 0], [0, 1]]
    assert to_categorical([], 3).shape == (0, 3)
    assert to_categorical(1, 3).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("labels", "num_classes", "error", "message"),
    [
        ([0, 3], 3, DataError, r"x\[1\] is 3, but with 3 classes labels go from 0 to 2"),
        ([0, -1], None, DataError, r"x\[1\] is -1, but labels start at 0"),
        ([0.5], None, DataError, r"x\[0\] is 0.5, but labels are whole numbers"),
        ([np.nan], None, DataError, "not finite"),
        (["a"], None, DTypeError, r"x\[0\] is the text 'a' where a number is needed"),
        ([], None, DataError, "pass num_classes"),
        ([0], 0, ArgumentError, "num_classes is 0"),
    ],
)
def test_to_categorical_errors(labels, num_classes, error, message):
    with pytest.raises(error, match=message):
        to_categorical(labels, num_classes)


def test_label_encoding_goes_back_and_forth():
    for values in (["b", "a", "b"], np.array([10, 2, 10]), np.array([True, False]), [2.0, 1.0]):
        encoding = LabelEncoding.learn(values)
        numbers = encoding.encode(values)
        assert numbers.dtype == np.int64
        assert encoding.decode(numbers) == [encoding.class_names[number] for number in numbers]
    assert LabelEncoding.learn([10, 2]).class_names == ("2", "10")
    assert LabelEncoding.learn([1.0, 2.5]).class_names == ("1", "2.5")


def test_label_encoding_errors():
    encoding = LabelEncoding(("Adelie", "Gentoo"))
    with pytest.raises(DataError, match=r"class 'Adelia'.*2 known classes; did you mean 'Adelie'"):
        encoding.encode(["Gentoo", "Adelia"])
    with pytest.raises(DataError, match=r"labels\[0\] is 2"):
        encoding.decode([2])
