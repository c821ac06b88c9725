"""The command line: arguments → use cases → reports. Stable, because scripts depend on it; no logic of its own.

Exit codes: 0 done or nothing to do · 2 bad usage or configuration · 3 a person must act on a due period · 4 documents failed or in
doubt · 5 a connection must be re-authorised · 1 a bug. When several hold: 1, 2, 5, 4, 3.
"""

import os
from typing import Annotated

import typer

from connector.cli import closing, correcting, cycle, looking, maps, places, secrecy, setting_up, support, unattended, watching
from connector.cli.collecting import collect_seldom
from connector.cli.failures import Commands

ABOUT = """Hours to invoices, exactly once.

The cycle: pull, plan, approve, apply, reconcile. Nothing is sent that you could not read first.

Exit codes: 0 done or nothing to do, 2 bad usage or configuration, 3 a person must act,
4 documents failed or in doubt, 5 a connection must be re-authorised, 1 a bug.
"""

app = typer.Typer(
    cls=Commands, help=ABOUT, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)  # fmt: skip


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415  (only when asked)

        typer.echo(f"hourbridge {version('hourbridge')}")
        raise typer.Exit


@app.callback()
def hourbridge(
    _version_asked: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")] = False,
) -> None:
    pass


for command in (
    setting_up.init, setting_up.check, cycle.pull, looking.unmatched, looking.decide, cycle.plan, cycle.approve, cycle.apply, cycle.sync,
    correcting.corrections,
    looking.reconcile, closing.close, closing.verify, looking.explain, looking.status, looking.runs, setting_up.migrate, setting_up.schema, secrecy.forget_tokens, watching.health,
    watching.notify, support.support_bundle, unattended.daemon, unattended.backfill,
    places.sandbox, places.demo,
):  # fmt: skip
    app.command()(command)
app.add_typer(maps.maps, name="map")


def main() -> None:
    collect_seldom()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # nobody else sees what is validated, and none is looked for
    app(prog_name="hourbridge")
