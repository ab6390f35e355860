"""The site as an ASGI application; uvicorn serves it."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_POOL", "20")  # a web process shares connections between its requests
django_application = get_asgi_application()

from config.serving import Server  # noqa: E402 - it reads the settings, so they come first

application = Server(django_application)
