"""Settings of the test-suite: the product's own, with quick stand-ins for what a test never judges."""

import os
import tempfile

if "VAR_DIR" not in os.environ:
    # It goes with the process that made it; the others of a run inherit its name.
    FOLDER = tempfile.TemporaryDirectory(prefix="patchbay-tests-", ignore_cleanup_errors=True)
    os.environ["VAR_DIR"] = FOLDER.name

from config.settings import *  # noqa: F403 - settings are built by import, after VAR_DIR is set

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, as in production: the live server's threads then have connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"  # noqa: F405
# WhiteNoise warns of a missing folder; the live server finds static files where they are written.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
# No thread writes beside a test; those that are about it beat themselves.
PULSE_SECONDS = 0
