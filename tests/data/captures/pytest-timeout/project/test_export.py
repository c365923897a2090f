import time


def wait_for(queue):
    while not queue:
        time.sleep(0.1)


def test_export_starts():
    assert True


def test_export_finishes():
    wait_for([])
