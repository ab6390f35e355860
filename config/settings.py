"""All settings. Everything that differs between installations is an environment variable, read here once.

`docs/settings.md` explains each variable; `manage.py check --deploy` judges a production environment.
"""

import os
from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext
from csp.constants import NONE, SELF

from config.environment import Environment
from config.pool import pool_of
from config.storage import storage_of

# Lets classes of Django and DRF that are generic only in their type stubs be subscripted at run time.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR", BASE_DIR / "var"))
env = Environment(os.environ, secrets_file=VAR_DIR / "secrets.json")
env.text("VAR_DIR", str(VAR_DIR))

# --- Who we are ------------------------------------------------------------------------------
PORT = env.port("PORT", 8000)
PUBLIC_URL = env.text("PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
SECURE_SITE = PUBLIC_URL.startswith("https://")
# One host serves every API; each may be given a public URL of its own. The names are URL namespaces.
API_URLS = {
    "marketplace": env.text("MARKETPLACE_URL", PUBLIC_URL).rstrip("/"),
    "preview": env.text("PREVIEW_URL", PUBLIC_URL).rstrip("/"),
    "lookups": env.text("LOOKUPS_URL", PUBLIC_URL).rstrip("/"),
    "api": env.text("API_URL", PUBLIC_URL).rstrip("/"),
    "connect": env.text("CONNECT_URL", PUBLIC_URL).rstrip("/"),
    "taskrouter": env.text("TASKROUTER_URL", PUBLIC_URL).rstrip("/"),
    "callbacks": env.text("CALLBACKS_URL", PUBLIC_URL).rstrip("/"),
}
DEMO = env.flag("DEMO")
DEBUG = env.flag("DEBUG")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")

# --- Secrets ---------------------------------------------------------------------------------
SECRET_KEY = env.secret("SECRET_KEY")
# "id:base64 of 32 bytes", comma-separated; the first one seals, all of them open.
FIELD_KEYS = env.secret("FIELD_KEYS")
# Keys the HMAC under which API credentials are stored. Changing it voids every API key.
CREDENTIAL_PEPPER = env.secret("CREDENTIAL_PEPPER")

# --- Application -----------------------------------------------------------------------------
INSTALLED_APPS = [
    "config",
    "operations",
    "conformance",
    "invocations",
    "results",
    "recordings",
    "billing",
    "marketplace",
    "deliveries",
    "publishers",
    "accounts",
    "schema_forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "django_jsonform",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.ConditionalApi",
    "rest.chunked.MeasuredBodies",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.HtmxRedirects",
    "config.middleware.RememberedWorkspace",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.shell",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database --------------------------------------------------------------------------------
DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'patchbay.sqlite3'}")
DATABASES: dict[str, Any] = {"default": dj_database_url.parse(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # One writer at a time: take the write lock at BEGIN and wait for it, never fail half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
elif DATABASE_POOL := env.number("DATABASE_POOL", 0):
    # A web process opens none for each request.
    DATABASES["default"]["OPTIONS"] = {
        **DATABASES["default"].get("OPTIONS", {}),
        "pool": pool_of(DATABASE_POOL),
    }
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- Tasks -----------------------------------------------------------------------------------
BROKER_URL = env.text("BROKER_URL", "filesystem://localhost")
TASK_QUEUE = env.text("TASK_QUEUE", "patchbay")
# How many tasks a worker does at once.
WORKER_THREADS = env.number("WORKER_THREADS", 16)
BROKER_FOLDER = VAR_DIR / "broker"
# How often each process tells the operators' health page that it lives; 0 is never.
PULSE_SECONDS = 10

# --- People ----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SIGNUP_OPEN = env.flag("SIGNUP_OPEN")
ACCOUNT_ADAPTER = "accounts.signup.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGIN_URL = "account_login"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Patchbay] "
ACCOUNT_EMAIL_NOTIFICATIONS = True
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
# Django would wait for a mail server for ever, and with it the worker's thread.
EMAIL_TIMEOUT = env.number("EMAIL_TIMEOUT", 10)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Patchbay <noreply@localhost>")

# --- REST ------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.AccountAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "accounts.permissions.HasScope",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest.renderers.Json"],
    "DEFAULT_PAGINATION_CLASS": "rest.pagination.MetaPagination",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "rest.negotiation.IgnoreAccept",
    "EXCEPTION_HANDLER": "rest.errors.handle",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "rest.openapi.Schema",
}
# `config/api_description.py` adds what depends on an installation.
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Patchbay",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    # Docstrings are written for those who read the code.
    "DISABLE_DOCSTRING_DESCRIPTIONS": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SCHEMA_PATH_PREFIX": "",
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
    "PREPROCESSING_HOOKS": ["config.api_description.without_variants"],
    "POSTPROCESSING_HOOKS": ["config.api_description.complete"],
}

# Requests a minute that an account may make to the APIs; 0 is no limit.
REQUESTS_PER_MINUTE = env.number("REQUESTS_PER_MINUTE", 6000)

# --- Cache -----------------------------------------------------------------------------------
# Counts the requests of an account, keeps service levels. One process needs nothing; several share one Redis.
CACHE_URL = env.text("CACHE_URL", "")
CACHES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- Add-on engine ---------------------------------------------------------------------------
# The word for a failed entry: "fail" as documented, "failed" as some wire samples show.
ADD_ON_FAILURE_STATUS = env.text("ADD_ON_FAILURE_STATUS", "fail")
# Development only: "address" or "address:port" that outgoing calls may reach although it is not public.
OUTBOUND_ALLOWED_HOSTS = env.words("OUTBOUND_ALLOWED_HOSTS")
RESULT_RETENTION_DAYS = env.number("RESULT_RETENTION_DAYS", 30)
# Of how many answers in a hundred the bytes are kept; their hash and size always are.
KEPT_ANSWERS = env.number("KEPT_ANSWERS", 100)

# --- Files -----------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "media"
# Recordings and payloads: a local folder, or an S3-compatible store.
STORAGE_URL = env.text("STORAGE_URL", "")
STORAGES = {
    "default": storage_of(STORAGE_URL, folder=MEDIA_ROOT),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Of one recording, fetched or uploaded.
MAX_RECORDING_BYTES = env.number("MAX_RECORDING_BYTES", 536_870_912)
# Nothing is taken in that would leave the disk with less.
DISK_RESERVE_MB = env.number("DISK_RESERVE_MB", 64)

# --- Safety ----------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        # Tabler draws its select arrows and check marks as data: images.
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = SECURE_SITE
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if SECURE_SITE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_SITE
SECURE_HSTS_PRELOAD = SECURE_SITE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_TLS_PROXY") else None
SESSION_COOKIE_SECURE = SECURE_SITE
CSRF_COOKIE_SECURE = SECURE_SITE
SESSION_COOKIE_NAME = "__Host-session" if SECURE_SITE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE_SITE else "csrf"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

# --- Words, times, logs ----------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name} {message}", "style": "{"}},
    "filters": {"mask": {"()": "config.logs.MaskNumbers"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["mask"]}},
    # A wrong path or parameter is the caller's affair; what failed in us stays an error.
    "loggers": {"django.request": {"level": "ERROR"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
}

# --- For the operators' page of settings -------------------------------------------------------
SETTINGS_READ = env.read
SETTINGS_FILE = VAR_DIR / "secrets.json"
