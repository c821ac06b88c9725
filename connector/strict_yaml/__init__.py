"""YAML as finance types it: every scalar is text, every value knows its place, and nothing is clever.

`010`, `NO`, `12:30` and `1.10` stay what was typed; the schema gives them a type. Duplicate keys are errors; anchors,
aliases, tags, merge keys and second documents are refused. Read from libyaml's events (PyYAML's C loader): they still show
anchors and tags, and deep nesting costs a counter instead of the C stack that composing nodes would use.
"""

from connector.strict_yaml.reading import parse, parse_bytes, read
from connector.strict_yaml.values import Document, Place, Problem, Reading, Tree, TreePath

__all__ = ["Document", "Place", "Problem", "Reading", "Tree", "TreePath", "parse", "parse_bytes", "read"]
