"""The site as an ASGI application; uvicorn serves it."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

from rest.body_limit import BodyLimit  # noqa: E402 - it reads the settings, so they come first

application = BodyLimit(django_application)
