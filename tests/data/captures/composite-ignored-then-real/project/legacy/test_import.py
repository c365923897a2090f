def test_reads_old_format():
    assert "v1".startswith("v2")


def test_reads_new_format():
    assert True
