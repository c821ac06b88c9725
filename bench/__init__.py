"""Whole-process figures: what the program costs, measured from outside."""
