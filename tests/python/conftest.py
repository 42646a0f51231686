"""What the suites share that talk to a running server."""

import pytest

from support.installation import installed


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def installation(request, tmp_path_factory):
    """A server for all tests of a session, once on each database."""
    with installed(request.param, tmp_path_factory.mktemp(request.param)) as installation:
        yield installation
