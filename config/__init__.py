"""The assembled site."""
