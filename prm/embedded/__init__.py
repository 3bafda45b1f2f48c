"""The servers that come with an installation: PostgreSQL and Valkey, in one folder, on sockets only.

Used when ``DATABASE_URL`` or ``REDIS_URL`` is not set, so that two commands lead from nothing to a
running program. Nothing listens on the network, no user is added, no permission outside the folder
is changed. The servers outlive the command that started them; ``stop`` ends them.

This package knows nothing of Django: it runs before the settings are read.
"""

import os
import signal
import time
from pathlib import Path

from prm.embedded import postgres, valkey
from prm.embedded.errors import EmbeddedError
from prm.embedded.place import Place

__all__ = ["EmbeddedError", "Place", "export_addresses", "start", "stop", "var_folder"]

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SERVING_STOP_TIMEOUT_SECONDS = 45


def var_folder() -> Path:
    """Return the folder of this installation's data: ``PRM_VAR``, or ``var/`` beside manage.py."""
    named = os.environ.get("PRM_VAR", "")
    return (CHECKOUT / named if named else CHECKOUT / "var").resolve()


def export_addresses(place: Place) -> None:
    """Set ``DATABASE_URL`` and ``REDIS_URL`` where unset or empty; starts nothing."""
    for name, server in (("DATABASE_URL", postgres), ("REDIS_URL", valkey)):
        if not os.environ.get(name):
            os.environ[name] = server.url(place)


def start(place: Place, *, durable: bool = True) -> None:
    """Export the addresses and find or start the servers, but for those that the environment names.

    ``durable=False`` is for data that may be lost (tests): no waiting for the disk, and a folder
    that no longer starts is made anew.

    Raises ``EmbeddedError`` with a sentence for a person.
    """
    export_addresses(place)
    if os.environ["DATABASE_URL"] == postgres.url(place):
        postgres.ensure(place, durable=durable)
    if os.environ["REDIS_URL"] == valkey.url(place):
        valkey.ensure(place)


def stop(place: Place) -> list[str]:
    """Stop what serves this folder's program, then its servers; returns the names of what ran."""
    if not place.folder.is_dir():
        return []
    stopped = ["web, worker and beat"] if _stop_serving(place) else []
    with place.lock():
        stopped += [server.NAME for server in (valkey, postgres) if server.stop(place)]
        place.forget_link()
    return stopped


def _stop_serving(place: Place) -> bool:
    pid = place.serving_pid()
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + SERVING_STOP_TIMEOUT_SECONDS
    while place.serving_pid() == pid:
        if time.monotonic() > deadline:
            message = f"Process {pid}, which serves {place.folder}, does not stop."
            raise EmbeddedError(message)
        time.sleep(0.05)
    return True
