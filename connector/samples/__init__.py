"""Folders that the program writes for people who try it: a small one to begin with, and a firm's whole month with its systems."""
