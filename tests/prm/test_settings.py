"""What follows from the environment: read by fresh processes, as an installation reads it."""

import json
import os
import subprocess
import sys

import pytest

import manage
from prm.embedded import CHECKOUT

READ = """
import json
from django.conf import settings
names = {names!r}
print(json.dumps({{name: getattr(settings, name) for name in names}}))
"""


def settings_of(*names: str, **environment: str) -> dict[str, object]:
    base = {"PATH": os.environ["PATH"], "PRM_VAR": os.environ["PRM_VAR"], "DJANGO_SETTINGS_MODULE": "prm.settings"}
    done = subprocess.run(
        [sys.executable, "-c", READ.format(names=names)],
        cwd=CHECKOUT,
        env=base | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("environment", "secure"),
    [
        ({}, False),
        ({"ALLOWED_HOSTS": "127.0.0.1,partners.halden.example"}, True),
        ({"ALLOWED_HOSTS": "partners.halden.example", "DEBUG": "1"}, False),
        ({"HTTPS": "1"}, True),
    ],
)
def test_cookies_need_https_but_for_loopback(environment: dict[str, str], *, secure: bool) -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT")
    assert settings_of(*names, **environment) == dict.fromkeys(names, secure)


def test_debug_is_off_unless_asked_for() -> None:
    assert settings_of("DEBUG") == {"DEBUG": False}


@pytest.mark.parametrize(
    ("address", "celery", "cache"),
    [
        ("redis://broker.example:6379/0", "redis://broker.example:6379/0", "redis://broker.example:6379/0"),
        ("unix:///run/v.sock", "redis+socket:///run/v.sock", "unix:///run/v.sock"),
    ],
)
def test_one_address_serves_broker_and_cache(address: str, celery: str, cache: str) -> None:
    found = settings_of("CELERY_BROKER_URL", "CACHES", REDIS_URL=address)
    assert found["CELERY_BROKER_URL"] == celery
    assert found["CACHES"]["default"]["LOCATION"] == cache  # type: ignore[index]


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("migrate", True),
        ("load_csv folder", True),
        ("load_csv --help", False),
        ("help load_csv", False),
        ("makemigrations", True),
        ("makemigrations --check --dry-run", False),
        ("collectstatic --noinput", False),
        ("--version", False),
        ("", False),
    ],
)
def test_servers_start_only_for_commands_that_use_them(line: str, *, needed: bool) -> None:
    assert manage.needs_servers(line.split()) is needed


def test_sign_ins_are_counted_by_the_address_that_our_own_proxies_saw() -> None:
    assert settings_of("ALLAUTH_TRUSTED_PROXY_COUNT") == {"ALLAUTH_TRUSTED_PROXY_COUNT": 0}
    behind = settings_of("ALLAUTH_TRUSTED_PROXY_COUNT", TRUSTED_PROXIES="1")
    assert behind == {"ALLAUTH_TRUSTED_PROXY_COUNT": 1}
