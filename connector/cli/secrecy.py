"""How the state keeps tokens: said plainly by `check`, and the command that lets go of them."""

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.failures import tell
from connector.cli.options import CONFIG, Config
from connector.cli.work import writing

if TYPE_CHECKING:
    from connector.settings import Settings
    from connector.store.store import Store

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def say_how_tokens_are_kept(settings: "Settings", store: "Store") -> None:
    """On stderr; nothing where no token is kept, or every one is encrypted."""
    from connector.store.keeper import plain_tokens  # noqa: PLC0415  (`--help` pays for none of it)

    plain = ", ".join(plain_tokens(store))
    if plain and settings.state_keys:
        tell(f"The tokens of {plain} are still plain text in the state; they are encrypted when they are next renewed.")
    elif plain:
        tell(f"The tokens of {plain} are plain text in the state: no `state_key` is configured. Treat the state's backups like a password.")
    path = Path(str(store.engine.url.database or ""))
    if store.engine.dialect.name == "sqlite" and os.name == "posix" and path.is_file() and path.stat().st_mode & OTHERS:
        tell(f"The group or others may open the state. Run: chmod 600 {path}")


def forget_tokens(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The connection, as config.yaml names it.")],
    config: Config = CONFIG,
) -> None:
    """Drop a connection's tokens from the state.

    For a key that is lost, or a person who left. The next run authorises anew with what config.yaml refers to.
    """
    with writing(config, f"forget-tokens {name}") as work:
        from connector.store.keeper import forget_tokens as forget  # noqa: PLC0415

        if name not in work.ws.kinds:
            from connector.errors import ConfigError  # noqa: PLC0415

            raise ConfigError("there is no such connection", to=name, next_step=f"There are: {', '.join(sorted(work.ws.kinds))}.")
        dropped = forget(work.ws.store, name)
        work.summary = f"tokens of {name} dropped" if dropped else f"{name} had no tokens"
        tell(work.summary[0].upper() + work.summary[1:] + ".")
