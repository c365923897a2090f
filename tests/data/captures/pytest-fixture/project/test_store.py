def test_saves_invoice(db_session):
    db_session.save({"id": 1})


def test_reads_invoice(database):
    assert database["invoice"] == 1


def test_format():
    assert "%05d" % 42 == "00042"
