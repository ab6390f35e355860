"""JSON Schema to a safe validator with friendly messages, and to a native Django form."""
