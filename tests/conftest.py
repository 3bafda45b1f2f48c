"""What every test stands on: real servers in a folder of their own (``var/test``)."""

import pytest

from prm import embedded


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers, or find those of the last run; with workers, theirs is the controller's."""
    if not session.config.option.collectonly:
        embedded.start(embedded.Place(embedded.var_folder()), durable=False)


@pytest.fixture(scope="session", autouse=True)
def guarded_tables_can_be_emptied() -> None:
    """Let a transactional test's database be emptied although its tables refuse TRUNCATE."""
    from tests import flush  # noqa: PLC0415 - Django's settings stand only now

    flush.install()
