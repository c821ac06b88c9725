"""The parts of `adapters.harvest.emulator`: one Harvest account, who may look at it, and what people do there.

They import nothing of the product, so that neither side can share a mistake with the other.
"""
