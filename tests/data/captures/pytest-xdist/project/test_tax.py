import pytest

RATES = {rate: rate / 100 for rate in range(40)}
RATES[7] = 0.7


@pytest.mark.parametrize("rate", range(40))
def test_tax(rate):
    assert RATES[rate] * 100 == pytest.approx(rate)
