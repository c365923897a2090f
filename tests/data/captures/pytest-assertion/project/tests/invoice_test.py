from invoice import number, total


def test_total_of_nothing_is_zero():
    assert total([]) == 0


def test_total_adds_tax():
    lines = [(10.0, 3), (2.5, 4)]

    assert total(lines) == 48.0, "tax of 20 percent is missing"


def test_number_is_padded():
    assert number(2024, 7) == "INV-2024-0007"


def test_total_takes_off_the_discount():
    assert total([(100.0, 1)], discount=25) == 75.0
