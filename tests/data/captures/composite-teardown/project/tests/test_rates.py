import pytest
from rates import RATES


@pytest.mark.parametrize("name", ["error", "failed", "fatal"])
def test_error_names_are_no_currency(name):
    assert name not in RATES


def test_rate_is_current():
    assert RATES["date"] >= "2024-05-01", "exchange rate is stale"
