"""Template tags of installed add-ons."""
