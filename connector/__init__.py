"""Hourbridge: hours to invoices, exactly once."""
