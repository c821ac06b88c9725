"""The parts of QuickBooks' emulator: a company's books, the vendor's rules for them, and who may call how often.

Imports nothing of the product: an emulator that shared code with the sink would share its mistakes.
"""
