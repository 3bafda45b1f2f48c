"""What every test stands on: real servers in a folder of their own (``var/test``)."""

import pytest

from prm import embedded


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers, or find those of the last run; with workers, theirs is the controller's."""
    if not session.config.option.collectonly:
        embedded.start(embedded.Place(embedded.var_folder()), durable=False)
