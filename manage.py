#!/usr/bin/env python
"""Django's command line; finds or starts the embedded servers first."""

import os
import sys

WITHOUT_SERVERS = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "djade",
    "help",
    "makemessages",
    "spectacular",
    "startapp",
    "stop_servers",
    "version",
}
"""Commands that touch neither the database nor the broker."""


def needs_servers(arguments: list[str]) -> bool:
    """Whether this command line works on data."""
    named = [argument for argument in arguments if not argument.startswith("-")]
    asks_for_help = any(argument in ("-h", "--help", "--version") for argument in arguments)
    only_checks = named[:1] == ["makemigrations"] and "--check" in arguments
    return bool(named) and named[0] not in WITHOUT_SERVERS and not asks_for_help and not only_checks


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prm.settings")
    try:
        from prm import embedded  # noqa: PLC0415 - without the requirements there is a better word than a traceback
    except ModuleNotFoundError as missing:
        sys.exit(f"manage.py: {missing}. Run `make setup`, then use .venv/bin/python manage.py.")

    place = embedded.Place(embedded.var_folder())
    try:
        if needs_servers(sys.argv[1:]):
            embedded.start(place)
        else:
            embedded.export_addresses(place)
    except embedded.EmbeddedError as error:
        sys.exit(f"manage.py: {error}")

    from django.core.management import execute_from_command_line  # noqa: PLC0415 - reads the environment

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
        sys.stdout.flush()  # here, where a reader that has gone is no fault, and not when the interpreter ends
    except KeyboardInterrupt:
        sys.exit(130)  # as the shell says it; nobody who pressed Ctrl-C wants to read a traceback
    except BrokenPipeError:
        # The reader, `head` say, has gone. What is still buffered goes nowhere, so that leaving does not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
