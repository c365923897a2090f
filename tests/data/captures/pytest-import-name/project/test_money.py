from money import parse_amount


def test_parse_amount():
    assert parse_amount("1,250.50") == 1250.5
