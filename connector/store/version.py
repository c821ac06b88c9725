"""The newest migration; a state with another one is migrated or refused. Apart from the tables, which only migrations and tests import."""

VERSION = "0001"
