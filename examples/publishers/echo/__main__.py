"""Echo Mirror as a process: ``python -m examples.publishers.echo``."""

from examples.publishers.service import run

run("examples.publishers.echo.app:SERVICE", port=8106)
