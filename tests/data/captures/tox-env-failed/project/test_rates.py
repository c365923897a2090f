from rates import rate


def test_rate():
    assert rate("EU", 2) == 9.0


def test_rate_for_zone():
    assert rate("EU2", 1) == 4.5
