"""Template tags of the generated forms."""
