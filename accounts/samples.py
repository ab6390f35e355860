"""Lines that put an API key where our samples of code look for it."""

from accounts.models import ApiKey


def shell_lines(key: ApiKey, secret: str) -> str:
    """For a shell."""
    return f"export API_KEY={key.sid}\nexport API_SECRET={secret}"
