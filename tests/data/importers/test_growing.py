"""A column that grows block by block comes back as it was put in."""

import numpy as np
import pytest

from data.importers.rows.growing import FIRST, Growing


@pytest.mark.parametrize("lengths", [[], [0], [3], [FIRST - 1, 1, 1], [10, 3 * FIRST, 7, FIRST]])
@pytest.mark.parametrize("kind", ["float64", "int32", "bool", "datetime64[us]"])
def test_all_pieces_come_back_in_order(lengths: list[int], kind: str) -> None:
    pieces = [np.arange(at, at + length).astype(kind) for at, length in enumerate(lengths)]
    column = Growing(kind)
    for piece in pieces:
        column.append(piece)
    assert len(column) == sum(lengths)

    whole = column.whole()

    assert whole.dtype == np.dtype(kind)
    np.testing.assert_array_equal(whole, np.concatenate([np.empty(0, dtype=kind), *pieces]))


def test_a_column_that_was_given_away_begins_anew() -> None:
    column = Growing("int32")
    column.append(np.array([1, 2]))
    first = column.whole()
    column.append(np.array([3]))

    assert column.whole().tolist() == [3]
    assert first.tolist() == [1, 2]
