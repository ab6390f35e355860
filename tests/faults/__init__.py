"""Nothing accepted is lost: the real processes, killed and cut off while recordings pass (docs/faults.md)."""
