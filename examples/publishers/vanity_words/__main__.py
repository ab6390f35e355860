"""Anagram as a process: ``python -m examples.publishers.vanity_words``."""

from examples.publishers.service import run

run("examples.publishers.vanity_words.app:SERVICE", port=8102)
