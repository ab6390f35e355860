"""Measurements, each beside a floor in the same run.

`make benchmark` prints ratios. No test depends on them: the machine may be busy.
"""
