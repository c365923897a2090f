import socket

import pytest


@pytest.fixture
def store():
    return socket.create_connection(("127.0.0.1", 5432), timeout=1)


@pytest.mark.parametrize("name", ["invoice", "customer", "payment", "refund"])
def test_saves(store, name):
    store.sendall(name.encode())


def test_format():
    assert "%05d" % 42 == "00042"
