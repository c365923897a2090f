import pytest


@pytest.fixture
def database():
    connection = {"host": "db.acme.test", "port": 5432}
    raise ConnectionError("could not connect to {host}:{port}".format(**connection))
