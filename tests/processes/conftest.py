"""A PostgreSQL of our own for the tests with several processes."""

from tests.runtime.conftest import server

__all__ = ["server"]
