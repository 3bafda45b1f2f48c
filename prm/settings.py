"""Every setting of an installation, read once from the environment.

Variables are listed in README.md. The embedded servers (``prm.embedded``) export ``DATABASE_URL``
and ``REDIS_URL`` before this module is imported; nothing here starts a process.
"""

from pathlib import Path

import environ
from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from prm import embedded, logs

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = embedded.var_folder()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or embedded.Place(VAR_DIR).secret()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
"""Earlier keys: sessions and stored account numbers (``prm.vault``) made with them are still read."""

PORT = env.int("PORT", default=8000)
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=LOOPBACK)
HTTPS = env.bool("HTTPS", default=not DEBUG and not set(ALLOWED_HOSTS) <= set(LOOPBACK))
"""Whether browsers come by https. Plain http is for loopback alone, where no certificate can be."""

SITE_URL = env.str("SITE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
"""The address of this installation as people outside reach it: links in mails begin with it."""

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 86400 if HTTPS else 0
SESSION_COOKIE_NAME = "prm_session"
CSRF_COOKIE_NAME = "prm_csrf"
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
FORM_RENDERER = "prm.ui.forms.Renderer"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "prm.adminsite.config.PrmAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "prm",
    "partners",
    "deals",
    "commissions",
]

MIDDLEWARE = [
    "prm.logs.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "prm.ui.middleware.ContentPolicyMiddleware",
    "prm.ui.middleware.PrivatePagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "prm.ui.middleware.ReaderLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "partners.middleware.ActorMiddleware",
    "prm.second_factor.SecondFactorMiddleware",
    "partners.middleware.ViewAsMiddleware",
    "prm.ui.middleware.StorableTextMiddleware",
]

ROOT_URLCONF = "prm.urls"
WSGI_APPLICATION = "prm.wsgi.application"
AUTH_USER_MODEL = "prm.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "prm.context_processors.program",
            ],
        },
    },
]

DATABASES = {"default": env.db_url("DATABASE_URL", default="postgresql:///prm")}
if "host" in (_database_options := DATABASES["default"].get("OPTIONS", {})):
    # A socket's folder comes as ?host=; dbshell and the tests' database look for it here.
    DATABASES["default"]["HOST"] = _database_options.pop("host")

# Only deals.queries.together binds on the server, so only its statements are prepared (after five times, as psycopg has
# it), unless a pooler between us and the server loses what was prepared.
DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = (
    None if env.bool("DATABASE_POOLER", default=False) else 5
)
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTHENTICATION_BACKENDS = ["prm.signin.PlaceBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "prm.signin.ClosedAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 180
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
SECOND_FACTOR = env.bool("SECOND_FACTOR", default=True)
"""Whether internal people, and the partners' people of ``SECOND_FACTOR_ROLES``, need a second factor."""

SECOND_FACTOR_ROLES = env.list("SECOND_FACTOR_ROLES", default=["finance"])
SECOND_FACTOR_GRACE_DAYS = env.int("SECOND_FACTOR_GRACE_DAYS", default=7)
"""Days from the first time that it was asked for; 0: at once."""

SECOND_FACTOR_EXEMPTS_DEMONSTRATION = env.bool("SECOND_FACTOR_EXEMPTS_DEMONSTRATION", default=False)
"""Whether people who sign in from this machine alone need none; ``serve --demo`` says so."""

SOCIALACCOUNT_ADAPTER = "partners.signin.SingleSignOnAdapter"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
MFA_ADAPTER = "prm.second_factor.SealedAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
"""Who somebody is, the program says: an address counts as it was invited, not as its person confirmed it."""

MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
SOCIALACCOUNT_ONLY = False
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
"""How many proxies of our own stand before the web server: behind one, everybody would share its limit of sign-ins."""

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("pl", "polski"), ("fa", "فارسی"), ("zh-hans", "简体中文")]
"""Each by its own name: whoever looks for a language reads that one."""
LOCALE_PATHS = [BASE_DIR / "locale"]
PAPER_FONTS = env.list("PAPER_FONTS", default=[])
"""Folders with more fonts for PDFs, for scripts beyond Latin, Greek, Cyrillic, Arabic and Chinese."""

TIME_ZONE = "UTC"
USE_TZ = True

UNFOLD = {
    "SITE_TITLE": _("Configuration"),
    "SITE_HEADER": _("Configuration"),
    "SITE_URL": "/manage/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _: f"{STATIC_URL}prm/favicon.svg"}],
    "COLORS": {
        # The accent of portal and console, lightest to darkest.
        "primary": {
            "50": "#eff4fd",
            "100": "#e7f0fb",
            "200": "#c9dcf8",
            "300": "#a5c5f8",
            "400": "#7fb0ff",
            "500": "#3f7be0",
            "600": "#1d5fd0",
            "700": "#184fae",
            "800": "#153f8a",
            "900": "#14294a",
            "950": "#0b1a33",
        },
    },
}
"""Plain features alone: ``/admin/`` is for configuration and repair, and leaving unfold must stay cheap."""

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_ROOT = VAR_DIR / "media"
ATTACHMENTS_ROOT = env.str("ATTACHMENTS_ROOT", default=str(VAR_DIR / "attachments"))
"""Where files that partners attach are kept. No web server may serve this folder: views do, to those who may."""

ATTACHMENT_SCANNER = env.str("ATTACHMENT_SCANNER", default="")
"""A command that reads a file from its standard input and answers 0 for a clean one, 1 for one to refuse."""

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL.replace("redis+socket://", "unix://"),
        "KEY_PREFIX": "cache",
    },
}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 3600}
"""Seconds after which an unacknowledged task is given out again; longer than any task runs."""

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "relay the outbox": {"task": "prm.relay_outbox", "schedule": 15.0},
    "forget idempotency keys": {"task": "prm.forget_idempotency_keys", "schedule": crontab(minute="20")},
    "purge the outbox": {"task": "prm.purge_outbox", "schedule": crontab(hour="3", minute="40")},
    "ask about payouts": {"task": "commissions.check_payouts", "schedule": crontab(minute="*/15")},
    "calculate the month that is due": {
        "task": "commissions.calculate_due_month",
        "schedule": crontab(minute="7"),  # days begin at different hours: the program's time zone decides
    },
    "resume commission runs": {"task": "commissions.resume_runs", "schedule": 60.0},
    "bring leads on their way": {"task": "deals.sweep_leads", "schedule": crontab(minute="*/5")},
    "expire registrations": {"task": "deals.expire_registrations", "schedule": crontab(minute="10")},
    "revoke registrations": {"task": "deals.revoke_registrations", "schedule": crontab(minute="15")},
    "settle letters": {"task": "deals.settle_letters", "schedule": crontab(minute="25")},
    "remind of protection": {"task": "deals.remind_of_protection", "schedule": crontab(hour="6", minute="20")},
    "open the survey that is due": {"task": "partners.open_due_survey", "schedule": crontab(minute="35")},
    "tell of certifications that expire": {
        "task": "partners.tell_of_expiry",
        "schedule": crontab(hour="6", minute="40"),
    },
    "evaluate tiers": {
        "task": "partners.evaluate_tiers",
        "schedule": crontab(minute="12"),  # a month ends at different hours: the program's time zone decides
    },
    "sweep onboardings": {"task": "partners.sweep_onboardings", "schedule": crontab(minute="*/5")},
    "forget unconfirmed applications": {
        "task": "partners.forget_applications",
        "schedule": crontab(hour="4", minute="5"),
    },
    "send survey mails": {"task": "partners.send_survey_mails", "schedule": crontab(minute="*/10")},
    "fetch exchange rates": {"task": "prm.fetch_rates", "schedule": crontab(hour="16", minute="30")},
    "roll up MRR": {"task": "deals.refresh_rollups", "schedule": 300.0},
    "compare customers": {"task": "deals.compare_accounts", "schedule": 300.0},
}
"""What runs by the clock: tasks by name, each safe to run twice."""

RATES_URL = env.str("RATES_URL", default="")
"""Where the day's exchange rates are fetched; empty: they are loaded by hand. The ECB's daily file is the usual one."""

PAYOUT_PROVIDER = env.str("PAYOUT_PROVIDER", default="")
"""The provider of every payout; empty: SEPA in euro by bank file, the rest by CSV. ``test``: the test provider."""

PAYOUT_TEST_URL = env.str("PAYOUT_TEST_URL", default="http://127.0.0.1:8902")
"""Where the test provider (``manage.py test_provider``) listens; it moves no money."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["partners.api.authentication.BearerKey"],
    "DEFAULT_PERMISSION_CLASSES": ["prm.api.permissions.HoldsScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["prm.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "prm.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "prm.api.errors.handle",
    "URL_FORMAT_OVERRIDE": None,
}
# How long a page may compute what other rules would have cost; the database stops it then.
SIMULATION_SECONDS = env.int("SIMULATION_SECONDS", default=20)
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=600)
"""How many requests one API key may make in a minute."""

SPECTACULAR_SETTINGS = {
    "TITLE": "Partner relationship management API",
    "DESCRIPTION": "Deals in, commission out. How to begin: docs/api.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "ENUM_NAME_OVERRIDES": {
        "RoleEnum": "deals.models.CreditRole",
        "PartnerRoleEnum": "partners.models.MembershipRole",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "prm.api.schema.add_problems",
    ],
}

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="program@localhost")

LOGGING = logs.configuration(
    form=env.str("LOG_FORMAT", default="json" if HTTPS else "console"),
    level=env.str("LOG_LEVEL", default="INFO"),
)
