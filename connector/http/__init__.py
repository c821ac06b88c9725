"""Talking to vendors: the only place that imports httpx and tenacity, and only when something is sent.

Reads are repeated; a write is sent once, and once more only when the failure proves that nothing was processed. Calls are paced
per credential with budgets that survive a restart, a long "come back later" is told and never slept through, tokens are renewed
by one process at a time and saved before use, redirects and links to another host are not followed, bodies are never logged.
"""

from connector.http.addresses import base_of, path_of
from connector.http.authority import Authority, OAuth
from connector.http.client import Client, Read
from connector.http.decoding import UnreadableError, decode
from connector.http.exchange import Answered, Written
from connector.http.pacing import Budget, Limits
from connector.http.redaction import redact
from connector.http.token_endpoint import TokenEndpoint, TokenReply

__all__ = [
    "Answered",
    "Authority",
    "Budget",
    "Client",
    "Limits",
    "OAuth",
    "Read",
    "TokenEndpoint",
    "TokenReply",
    "UnreadableError",
    "Written",
    "base_of",
    "decode",
    "path_of",
    "redact",
]
