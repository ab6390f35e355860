"""Transcript Plus as a process: ``python -m examples.publishers.transcript``."""

from examples.publishers.service import run

run("examples.publishers.transcript.app:SERVICE", port=8104)
