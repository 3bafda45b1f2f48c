"""``serve``: the whole product in one command."""

import hashlib
import json
import os
import socket
import sys
from argparse import ArgumentParser
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.urls import Resolver404, resolve

from prm import embedded
from prm.supervisor import Child, Supervisor

HOST = "127.0.0.1"
PAGES = (
    ("Portal", "/portal/"),
    ("Console", "/manage/"),
    ("Admin", "/admin/"),
    ("API", "/api/v1/docs/"),
)


class Command(BaseCommand):
    """Brings the database and the static files up to date, then runs web, worker and beat."""

    help = (
        "Run web server, Celery worker and Celery beat together until Ctrl-C. Migrations and static "
        "files are brought up to date first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the port and whether an empty program gets the demonstration."""
        parser.add_argument("--port", type=int, default=settings.PORT, help="default: PORT or 8000")
        parser.add_argument("--demo", action="store_true", help="load the demonstration program if there is none")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Serve until told to stop."""
        self.port: int = options["port"]
        if options["demo"]:
            os.environ.setdefault("SECOND_FACTOR_EXEMPTS_DEMONSTRATION", "true")
        place = embedded.Place(settings.VAR_DIR)
        try:
            with place.running(what=f"serve on port {self.port}"):
                self._refuse_taken_port()
                self._prepare(demo=options["demo"])
                supervisor = Supervisor(self._children(), keep_servers=lambda: embedded.start(place))
                code = supervisor.run(on_ready=self._announce)
        except embedded.EmbeddedError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Stopped. The database keeps running for other commands: make stop.")
        if code:
            sys.exit(code)

    def _refuse_taken_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self.port))
            except OSError as error:
                message = (
                    f"Port {self.port} cannot be used ({error.strerror}). "
                    f"Choose another one: make run PORT={self.port + 1}"
                )
                raise CommandError(message) from error

    def _prepare(self, *, demo: bool) -> None:
        self.stdout.write("Migrations …")
        call_command("migrate", interactive=False, verbosity=0)
        stamp = settings.STATIC_ROOT / ".sources"
        sources = _static_sources()
        if not stamp.exists() or stamp.read_text() != sources:
            self.stdout.write("Static files …")
            call_command("collectstatic", interactive=False, verbosity=0)
            stamp.write_text(sources)
        if demo and "load_demo" in get_commands() and not _has_program():
            self.stdout.write("Demonstration program …")
            call_command("load_demo")

    def _children(self) -> list[Child]:
        # As root the worker warns of pickles, which are not accepted here.
        os.environ.setdefault("PYTHONWARNINGS", "ignore:You're running the worker with superuser:UserWarning")
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "prm"]
        quick = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        web = [sys.executable, "-m", "gunicorn", "prm.wsgi:application"]
        web += ["--bind", f"{HOST}:{self.port}", "--workers", "2", "--threads", "4"]
        web += ["--no-control-socket", "--log-level", "warning"]
        return [
            Child("web", web),
            Child("worker", [*celery, "worker", "--concurrency", "2", "-l", "INFO", *quick]),
            Child("beat", [*celery, "beat", "-l", "INFO"]),
        ]

    def _announce(self) -> bool:
        """Print addresses and sign-ins once the web server answers."""
        base = f"http://{HOST}:{self.port}"
        connection = HTTPConnection(HOST, self.port, timeout=2)
        try:
            connection.request("GET", "/accounts/login/")
            connection.getresponse()
        except OSError:
            return False
        finally:
            connection.close()
        lines = ["", f"Running on {base}/"]
        lines += [f"  {name:8} {base}{path}" for name, path in PAGES if _is_page(path)]
        if people := _sign_ins():
            lines += ["", "Sign in as:"]
            width = max(len(person["email"]) for person in people)
            lines += [f"  {p['email']:{width}}  {p['password']}  ({p['role']})" for p in people]
        lines += ["", "Ctrl-C stops it.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()
        return True


def _static_sources() -> str:
    """Return a digest of names, sizes and times of all static files, to skip needless work."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            stat = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _has_program() -> bool:
    return apps.get_model("partners", "Partner")._base_manager.exists()  # noqa: SLF001


def _is_page(path: str) -> bool:
    with suppress(Resolver404):
        return bool(resolve(path))
    return False


def _sign_ins() -> list[dict[str, str]]:
    """Return the demonstration's people with their passwords, as ``load_demo`` noted them."""
    note = settings.VAR_DIR / "sign-ins.json"
    people: list[dict[str, str]] = json.loads(note.read_text()) if note.exists() else []
    return people
