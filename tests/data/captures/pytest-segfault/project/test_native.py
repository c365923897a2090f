import ctypes


def test_before():
    assert True


def test_native():
    ctypes.string_at(0)
