from src_client import rates


def test_rates():
    assert callable(rates)
