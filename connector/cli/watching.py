"""Commands for whoever watches the program: is it alive, what waits for whom, what to hand over when help is needed."""

from typing import Annotated

import typer

from connector.cli.failures import redacted, tell
from connector.cli.options import CONFIG, Config

ANSWER_SECONDS_MAX = 10.0
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  (asked here, not bound)
OK, UNWELL = 200, 4


def health(
    ready: Annotated[
        bool, typer.Option("--ready", help="Also whether it is fit to work: state, credentials, and time that was read lately.")
    ] = False,
    config: Config = CONFIG,
) -> None:
    """Ask a running daemon how it is.

    Exit code 0 when it is well, 4 when it is not or does not answer: for a container's health check.
    """
    from connector.bootstrap import load  # noqa: PLC0415  (`--help` pays for none of it)

    said = load(config).health
    status, body = _asked(ANYWHERE.get(said.host, said.host), said.port, "/readyz" if ready else "/healthz")
    tell(body)
    if status != OK:
        raise typer.Exit(UNWELL)


def notify(
    test: Annotated[bool, typer.Option("--test", help="Send a test by every way that is configured, whatever waits.")] = False,
    config: Config = CONFIG,
) -> None:
    """Tell people what waits for them.

    One digest, at the time of day that `notifications` in config.yaml says, and only when something is new or settled. What stops
    the work is told at once. The daemon does this by itself.
    """
    from connector.cli.work import writing  # noqa: PLC0415  (see above)
    from connector.use_cases.notify import notify as tell_people  # noqa: PLC0415
    from connector.use_cases.notify import notify_test  # noqa: PLC0415

    with writing(config, "notify") as work:
        now = work.ws.now()
        told = notify_test(work.ws, now) if test or work.ws.notices is None else tell_people(work.ws, now)
        for name, error in told.failures:
            tell(redacted(f"{name}: {error}"))
            work.ends(getattr(error, "exit_code", 1))
        reached = sorted({*told.digests, *told.urgent})
        work.summary = f"told by {', '.join(reached)}" if reached else "nobody was told" if told.failures else "nothing new to tell"
        tell(work.summary[0].upper() + work.summary[1:] + ".")


def _asked(host: str, port: int, path: str) -> tuple[int, str]:
    """The daemon's own port on this machine; not a vendor, so not through `connector.http`."""
    import http.client  # noqa: PLC0415

    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS_MAX)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace").strip()
    except OSError as error:
        return 0, f"no daemon answers at {host}:{port} ({error.strerror or type(error).__name__}). Look whether it runs."
    finally:
        connection.close()
