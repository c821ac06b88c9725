"""The demo: a month end at the sample firm, carried out by real commands against emulated systems on this machine.

Each step says in a sentence or two what happens and why, runs the command as a person would type it, and shows what it prints. A
command that does not end as the story needs stops the demo, so that what is told is always what was seen.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from connector.bootstrap import SystemClock
from connector.samples import companies, folders

WIDTH = 100
FIRST, LAST = 40, 6
"""Lines shown of a long output, at its beginning and at its end."""
DUE = date(2026, 7, 1)
INTERIM = () if datetime.now(UTC).date() >= DUE else ("--interim",)
"""On a machine whose clock says that June 2026 is not over yet, the same story needs one more word."""


class Stage:
    """Where the demo plays: a folder, and the commands run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def say(self, text: str) -> None:
        print(f"\n{textwrap.fill(' '.join(text.split()), WIDTH)}\n", flush=True)  # noqa: T201

    def run(self, *words: str, ends: Collection[int] = (0,), first: int = FIRST, last: int = LAST, quiet: bool = False) -> str:
        """One `hourbridge` command, shown with what it prints; of long output the beginning and the end."""
        if not quiet:
            print(f"$ hourbridge {shlex.join(words)}", flush=True)  # noqa: T201
        done = subprocess.run(  # noqa: S603  # our own program, our own words
            [sys.executable, "-m", "connector.cli", *words], cwd=self.folder, env=_environment(), text=True, capture_output=True,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        if done.returncode not in ends:
            print(done.stdout + done.stderr)  # noqa: T201
            wanted = " or ".join(map(str, sorted(ends)))
            raise StageError(f"`hourbridge {shlex.join(words)}` ended with {done.returncode}, not {wanted}")
        if not quiet:
            _show((done.stdout + done.stderr).splitlines(), first, last)
        return done.stdout


class StageError(Exception):
    """A command did not end as the story needs."""


def _environment() -> dict[str, str]:
    """As the person's own, but the configuration is the folder's and lines are as wide as the story."""
    kept = {name: text for name, text in os.environ.items() if name not in ("HOURBRIDGE_CONFIG", "PYTHONDONTWRITEBYTECODE")}
    root = str(Path(__file__).resolve().parents[2])
    return kept | {
        "COLUMNS": str(WIDTH),
        "PYTHONPATH": os.pathsep.join(filter(None, (root, kept.get("PYTHONPATH", "")))),
        "PYTHONIOENCODING": "utf-8",
    }


def _show(lines: Sequence[str], first: int, last: int) -> None:
    cut = len(lines) - first - last
    shown = list(lines) if cut <= 1 else [*lines[:first], f"    … {cut} more lines …", *lines[len(lines) - last :]]
    print("\n".join(f"  {line}".rstrip() for line in shown), flush=True)  # noqa: T201


def run(folder: Path) -> int:
    """The whole story; returns the exit code."""
    started = time.monotonic()
    folders.fresh(folder)
    folders.write(
        folder,
        {name: content for name, content in folders.sample(folders.FIRM).items() if not name.startswith(companies.COMPANIES)},
    )
    folders.write(folder, companies.time_logs())
    sandbox = folder / "sandbox"
    companies.lay_out(sandbox)
    clock = SystemClock()
    opened = companies.open_companies(sandbox, clock)
    systems = {each.kind: each.emulator for each in opened}
    with companies.served(opened, clock, companies.free_port()) as address:
        _point_at(folder / "config.yaml", address)
        stage = Stage(folder)
        try:
            _month_end(stage, systems)
        except StageError as error:
            print(f"\nThe demo stopped: {error}. This is a bug; the folder {folder} shows the state.", file=sys.stderr)  # noqa: T201
            return 1
    _what_next(folder, address, time.monotonic() - started)
    return 0


def _point_at(config: Path, address: str) -> None:
    config.write_text(config.read_text("utf-8").replace(f"http://127.0.0.1:{companies.PORT}", address), "utf-8")


def _month_end(stage: Stage, systems: Mapping[str, Any]) -> None:
    _read(stage)
    night = _mend(stage)
    _approve(stage)
    _send(stage, systems)
    stage.run("reconcile", "--book", "nz", "--period", "2026-06", first=34, last=12)
    stage.run("reconcile", "--book", "us", "--period", "2026-06", first=22, last=14)
    number = _line_of_the_night(stage)
    stage.say(f"Every cent explains itself. The night of 14 hours is line {number}: back to the price, the rule and the decision,")
    stage.run("explain", number, first=60, last=0)
    stage.say("and to the entry, as Harvest has it.")
    stage.run("explain", night, first=36, last=0)
    stage.say("What is left waits for a person, and says so to scripts as well (exit code 3).")
    stage.run("status", ends=(3,))
    if night in stage.run("unmatched", "--format", "json", ends=(3,), quiet=True):
        raise StageError(f"{night} still waits")


def _read(stage: Stage) -> None:
    stage.say(
        """Southern Cross IT has 12 people, 40 clients and two companies: one bills from Xero, the American one from QuickBooks Online. Its
        staff keep their time in Harvest, its contractor in Toggl, which gives an export. June 2026 is over. Harvest, Xero and QuickBooks
        are emulated on this machine. First the files are proved, also against both companies: customers, items, accounts, tax codes."""
    )
    stage.run("check", "--online")
    stage.say("Then worked time is read. From now on every second of it is in exactly one bucket: none is lost, none is billed twice.")
    stage.run("pull")
    stage.say(
        """Not all of it can be billed as it stands. This is what a person must see to, the most money at risk first. Two visits stand in
        both trackers, for instance: Toggl's are held as repeats, so that nobody pays for them twice."""
    )
    stage.run("unmatched", "--book", "nz", ends=(3,), first=100)


def _mend(stage: Stage) -> str:
    """A name accepted, a client added, two entries decided; returns the entry of the long night."""
    stage.say(
        """Names are never matched because they look alike; they are only suggested. Bayside Motors Ltd is the client Bayside Motors, so
        we accept that. It changes one line of a YAML file that finance owns; its comments and layout stay."""
    )
    stage.run("map", "add", "client", "Bayside Motors Ltd", "--as", "Bayside Motors")
    stage.say("Tui Creek Brewing is new. Xero has a customer of that name, so one line is enough.")
    stage.run("map", "add", "client", "Tui Creek Brewing")
    night = _entry_held(stage, "over 12 hours")
    stage.say("One night took 14 hours, and a rule holds that until somebody has looked. The client agreed to 9.5 of them.")
    stage.run("decide", night, "--hours", "9.5", "--why", "4.5 h was waiting for the vendor")
    late = _entry_held(stage, "late for the old system")
    stage.say(
        """Another night came late: it was worked in April, before the firm began with Hourbridge, and written down in June. 22:00 to 6:00
        looks like 8 hours. It was 9: in that night New Zealand's clocks went back, from NZDT to NZST."""
    )
    stage.run("explain", late, first=28, last=0)
    stage.say("The old system never billed it, so it is billed: on a document of its own month, at April's price.")
    stage.run("decide", late, "--hours", "9", "--why", "the old system never billed it")
    return night


def _approve(stage: Stage) -> None:
    """Plans of both companies, read and approved."""
    stage.say(
        """Now the plan: every document with its lines, prices and reasons. Time is priced by the day it was worked, so the rise of
        15 June makes two lines. Nothing was sent, and nothing can be sent that is not in here."""
    )
    stage.run("plan", "--book", "nz", *INTERIM, ends=(3,), first=82, last=14)
    stage.say("The plan has a checksum. Approving it means exactly what was read: a step that changes afterwards is not sent.")
    stage.run("approve", _checksum(stage, "nz"), "--note", "June, read with the service desk", *INTERIM, first=8, last=3)
    stage.say("Now the American company. An hour and a half of Ana's has no price in US dollars there, and nothing is guessed:")
    stage.run("unmatched", "--book", "us", ends=(3,), first=30)
    stage.run("plan", "--book", "us", *INTERIM, ends=(3,), first=56)
    stage.say(
        """Prairie Dental's invoice would wait for that time. Finance lets it go without, and the approval says so. QuickBooks has no
        drafts, so this is the last look; sales tax is worked out over there and read back."""
    )
    checksum = _checksum(stage, "us")
    stage.run("approve", checksum, "--only", "Quarry Lane Church", *INTERIM)
    stage.run("approve", _checksum(stage, "us"), "--only", "Prairie Dental", "--note", "Ana follows when she has a price", *INTERIM)


def _checksum(stage: Stage, book: str) -> str:
    plan = json.loads(stage.run("plan", "--book", book, *INTERIM, "--format", "json", ends=(0, 3), quiet=True))
    checksum: str = plan["checksum"]
    return checksum


def _send(stage: Stage, systems: Mapping[str, Any]) -> None:
    """Apply, and once more."""
    stage.say("Applying sends what was approved, under our own numbers, each exactly once: drafts to Xero, invoices to QuickBooks.")
    stage.run("apply", first=6, last=4)
    written = _written(systems)
    stage.say(
        f"""Xero counts {written["xero"]} documents written and QuickBooks {written["quickbooks"]}. Once more, as a scheduler would do it;
        Harvest is only asked for what changed, and nothing did:"""
    )
    stage.run("pull")
    stage.run("apply")
    if _written(systems) != written:
        raise StageError(f"the second run wrote: {_written(systems)}, before {written}")
    stage.say(
        f"""They still count {written["xero"]} and {written["quickbooks"]}: nothing was sent twice. The tie-out is what finance files at the
        end of the month: hours, money and documents, ours and theirs side by side, for each company."""
    )


def _written(systems: Mapping[str, Any]) -> dict[str, int]:
    """Kind → the writes that it accepted, as it says itself."""
    return {kind: len(systems[kind].ledger) for kind in ("xero", "quickbooks")}


def _line_of_the_night(stage: Stage) -> str:
    """NUMBER:LINE of the after-hours work at the client of the night."""
    tied = json.loads(stage.run("reconcile", "--book", "nz", "--period", "2026-06", "--format", "json", quiet=True))
    (number,) = [document["number"] for document in tied["documents"] if document["client"] == "Northgate Storage"]
    told = json.loads(stage.run("explain", number, "--format", "json", quiet=True))
    (line,) = [line["line"] for line in told["lines"] if line["billing_code"] == "after_hours"]
    return f"{number}:{line}"


def _entry_held(stage: Stage, value: str) -> str:
    """The reference of the first entry that waits because of this."""
    rows = json.loads(stage.run("unmatched", "--book", "nz", "--format", "json", ends=(3,), quiet=True))
    found = [row for row in rows if value in f"{row['kind']} {row['value']} {row['reason']}"]
    if not found:
        raise StageError(f"no entry waits as '{value}'")
    entry: str = found[0]["entry_ids"][0]
    return entry if ":" in entry else f"{found[0]['connection']}:{entry}"


def _activation() -> tuple[str, ...]:
    """What a shell needs before it knows `hourbridge`; nothing where it does."""
    if shutil.which("hourbridge"):
        return ()
    script = Path(sys.executable).parent / "activate"
    return (f"  source {script}",) if script.is_file() else ()


def _what_next(folder: Path, address: str, seconds: float) -> None:
    port = address.rpartition(":")[2]
    lines = (
        f"That was a month end, in {seconds:.0f} seconds. To go on where it stopped:",
        "",
        *_activation(),
        f"  cd {folder}",
        "  hourbridge status                                what still waits for a person",
        "  hourbridge unmatched --format csv > june.csv     decide the rest in a spreadsheet: hourbridge decide --file june.csv",
        "  $EDITOR mappings/rate_cards.yaml                 change a price; `hourbridge plan` shows what that would change",
        f"  hourbridge sandbox --into sandbox --port {port} &   the emulated systems again, with their books as they are",
        "",
        "With your own time logs: hourbridge init FOLDER",
    )
    print("\n" + "\n".join(lines))  # noqa: T201
