"""The settings under test: the real ones, on servers of their own and without slow parts."""

import os

from prm import embedded

if "PYTEST_XDIST_WORKER" not in os.environ:
    # Beside the running app's data, never in it. Workers inherit what was set here.
    os.environ["PRM_VAR"] = str(embedded.var_folder() / "test")
embedded.export_addresses(embedded.Place(embedded.var_folder()))

from prm.settings import *  # noqa: E402, F403

INSTALLED_APPS = [*INSTALLED_APPS, "django_linear_migrations"]  # noqa: F405 - for `make check`
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = "memory://"
"""Unit tests send tasks nowhere; a test that wants a worker starts a real one as its own process."""

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
SECOND_FACTOR = False
"""The tests of second factors switch it on; everybody else's pages are opened without one."""

WHITENOISE_AUTOREFRESH = True
