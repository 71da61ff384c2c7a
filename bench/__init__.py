"""Measurements (``python -m bench``): each figure beside the floor of the same run, as PERFORMANCE sets its goals."""
