"""Programs of others beside ours, in the same run: the same 100,000 entries, the same 1,000 invoices. No bounds, only ratios.

Incumbents carry every field of an entry, ours the sixteen that an invoice needs; tap-harvest stores nothing, it prints messages.
A push by an SDK is its CPU seconds for 1,000 invoices less those for none, as ours is less those of `status`; it runs against a
company without limits, since one by one it would wait most of the time, and it keeps no record of what it sent.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.processes import ROOT, Ran, run
from bench.pulling import BUILD, ENTRIES, expect, staged
from bench.sending import INVOICES, pushed
from bench.servers import Server, serving
from bench.table import Figure

PYTHON = ROOT / ".venv-peers" / "bin" / "python"
PROGRAMS = ROOT / "bench" / "peers"
RECORD = b'{"type": "RECORD"'
SDKS = {"xero": "xero-python", "quickbooks": "python-quickbooks"}


def peers() -> Iterator[Figure]:
    yield from _pulls()
    for name in SDKS:
        yield from _pushes(name)


def _ended(ran: Ran) -> None:
    """Raises RuntimeError where a program of others failed: a figure of half a run is none."""
    if ran.exit_code:
        raise RuntimeError(f"{' '.join(ran.arguments)} ended with {ran.exit_code}:\n{ran.err[-2000:]}")


# ---- the same pull ----------------------------------------------------------------------------------------------------------


def _pulls() -> Iterator[Figure]:
    if not PYTHON.exists():
        print("not measured: dlt and tap-harvest are not installed (`make peers` makes their environment)")
        return
    folder = BUILD / "peers"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with serving("bench.stub", str(ENTRIES)) as server:
        _, ours, _ = staged(server, ENTRIES, "beside")
        yield Figure("pull of 100,000: ours, staged with history and audit log", ours.cpu_seconds, "CPU s")
        for name, ran in (("dlt into parquet files", _dlt(server, folder)), ("tap-harvest, messages only", _tap(server, folder))):
            yield Figure(f"pull of 100,000: {name}", ran.cpu_seconds, "CPU s")
            yield Figure("… its memory", ran.peak_mb, "MB")
            yield Figure("… ratio to ours", ran.cpu_seconds / ours.cpu_seconds, "times")
    shutil.rmtree(folder)


def _dlt(server: Server, folder: Path) -> Ran:
    ran = run([str(PYTHON), str(PROGRAMS / "dlt_pull.py"), server.address, str(folder)], folder, RUNTIME__DLTHUB_TELEMETRY="false")
    _ended(ran)
    expect("rows that dlt stored", ran.out.strip(), str(ENTRIES))
    return ran


def _tap(server: Server, folder: Path) -> Ran:
    """One stream selected, its messages into a file."""
    config, catalog, messages = folder / "tap.json", folder / "catalog.json", folder / "messages"
    said = {"refresh_token": "r", "client_id": "c", "client_secret": "s", "start_date": "2020-01-01T00:00:00Z", "user_agent": "bench"}
    config.write_text(json.dumps(said), "utf-8")
    program = [str(PYTHON), str(PROGRAMS / "tap_pull.py"), server.address, "-c", str(config)]
    known = run([*program, "--discover"], folder).json()
    for stream in known["streams"]:
        for told in stream["metadata"]:
            if not told["breadcrumb"]:
                told["metadata"]["selected"] = stream["stream"] == "time_entries"
    catalog.write_text(json.dumps(known), "utf-8")
    ran = run([*program, "--catalog", str(catalog)], folder, into=messages)
    _ended(ran)
    with messages.open("rb") as lines:
        expect("records that tap-harvest printed", sum(line.startswith(RECORD) for line in lines), ENTRIES)
    return ran


# ---- the same push ----------------------------------------------------------------------------------------------------------


def _pushes(name: str) -> Iterator[Figure]:
    ours = pushed(name)
    yield Figure(f"push of {INVOICES:,} to {name}: ours, journalled", ours.own_cpu, "CPU s")
    for way, said in (("one", "one by one"), ("batch", "in batches")):
        ran, calls = _sent(name, way, INVOICES)
        nothing, _ = _sent(name, way, 0)
        cpu = ran.cpu_seconds - nothing.cpu_seconds
        yield Figure(f"push of {INVOICES:,}: {SDKS[name]} {said}", cpu, "CPU s")
        yield Figure("… calls", calls, "calls")
        yield Figure("… ratio to ours", cpu / ours.own_cpu, "times")


def _sent(name: str, way: str, invoices: int) -> tuple[Ran, int]:
    folder = BUILD / f"sdk-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    with serving("bench.counted_company", name, str(INVOICES), "--unlimited") as company:
        (folder / "ids.json").write_text(json.dumps(company.get("/ids")), "utf-8")
        program = [sys.executable, str(PROGRAMS / f"{name}_push.py"), f"{company.address}/{name}", "ids.json", str(invoices), way]
        ran = run(program, folder)
        told = company.asked()
    shutil.rmtree(folder)
    _ended(ran)
    expect(f"invoices that {SDKS[name]} made", told["documents"], invoices)
    return ran, len(told["calls"])
