"""Text Mood as a process: ``python -m examples.publishers.text_mood``."""

from examples.publishers.service import run

run("examples.publishers.text_mood.app:SERVICE", port=8103)
