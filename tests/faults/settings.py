"""Settings of the processes under fault: the product's own, with clocks that a test can wait for.

Only lengths of time differ, and the product's code decides by them as ever: `inside/clocks.py` lists each.
Whatever an environment variable can say (database, broker, storage), the trial says by it.
"""

from tests.faults.inside.clocks import shorten_numbers

shorten_numbers()  # before anything of ours has read them

from config.settings import *  # noqa: E402, F403 - settings are built by import

# First, so that it is ready before the others.
INSTALLED_APPS = ["tests.faults.inside.apps.Inside", *INSTALLED_APPS]  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
