import pytest


@pytest.mark.parametrize("cents", [0, 1, 99, 100])
def test_cents_round_trip(cents):
    assert int(round(cents / 100 * 100)) == cents
