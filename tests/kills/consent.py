"""P7: what the vendor says to refresh tokens, and the person who authorises again when a run asks for it."""

from collections.abc import Mapping

from connector.sandbox import Answer
from tests.end_to_end.office import Office

SECRET = "    client_secret: file:secrets/xero"
REFUSED = 400
MUST_AUTHORISE = 5
TOKENS_HELD = 2
"""The pair in the state, and the one that the configuration names: a run tries each once."""
LOSING = frozenset({"done POST token", "answered POST token", "store.keeper._kept: begin", "store.keeper._kept: commit"})
"""Where a process that dies takes the new pair with it: from the exchange to the commit."""


class Consent:
    """Beside the token endpoint of an office whose pair of tokens each refresh replaces. `authorised`: how often a person had to."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._refused = self.authorised = 0
        self._token = office.xero.identity.token
        office.xero.identity.token = self._counted  # type: ignore[method-assign]
        office.edit("config.yaml", SECRET, f"{SECRET}\n    auth: stored\n    refresh_token: file:secrets/refresh")
        self._authorise()

    def _authorise(self) -> None:
        """A person agrees in the browser, and puts the fresh refresh token where the configuration says."""
        self._office.write("secrets/refresh", str(self._office.xero.identity.consent()["refresh_token"]))
        (self._office.folder / "secrets/refresh").chmod(0o600)

    def _counted(self, headers: Mapping[str, str], body: bytes) -> Answer:
        given = self._token(headers, body)
        self._refused += given[0] >= REFUSED
        return given

    def after(self, code: int | None, said: str) -> str:
        """After each run, `code` None for one that was killed: what it did wrong at the token endpoint, "" for nothing. Does what it asks."""
        refused, self._refused = self._refused, 0
        if refused > TOKENS_HELD:
            return f"one run was refused {refused} exchanges"
        if (code == MUST_AUTHORISE) != (refused == TOKENS_HELD and code is not None):
            return f"exit {code} after {refused} refused exchanges: {said[-300:]}"
        if code == MUST_AUTHORISE:
            if "Authorise again and put the fresh refresh token where refresh_token of connection xero in config.yaml points" not in said:
                return f"does not say what to do: {said[-300:]}"
            self.authorised += 1
            self._authorise()
        return ""

    def wrong(self, killed: list[str], *, late: bool) -> str:
        """A person is asked once where the new pair died and the vendor's grace for the old one was over, and never elsewhere."""
        due = int(late and not LOSING.isdisjoint(killed))
        return "" if self.authorised == due else f"a person was asked {self.authorised} times to authorise again, not {due}"
