"""`make real`: the main job on 203,621 real time-log rows, from pull to reconcile, through two books; every figure is checked.

The commands run as separate processes against the emulated Xero and QuickBooks, which live in this one and are the ground truth; their
time is not counted. Reports go to build/real/.
"""

import csv
import json
import lzma
import os
import shutil
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.companies import SECRETS, Companies
from bench.processes import Shell
from connector.sandbox import Served

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("HOURBRIDGE_SHARED", ROOT.parent / "shared"))
DATA = SHARED / "data" / "cesaw" / "CESAW_time_fact.csv.xz"
BUILD = ROOT / "build" / "real"
CPU_SECONDS_MAX, PEAK_MB_MAX = 90, 400
BUCKETS = {  # disposition → (entries, minutes), from the data's own README and a count of its rows
    "excluded": (990, 0),
    "unmatched": (29, 958),
    "non_billable": (17_485, 1_139_534),
    "held": (99, 51_091),
}
ON_DOCUMENTS = (185_018, 6_728_653)
ALL = (203_621, 7_920_236)
ORGANISATIONS = {"A": 4_347_570, "B": 1_387_709, "C": 1_659_622, "D": 524_377, "": 958}
HELD = {"unreadable": 2, "over 12 hours": 40, "repeats an earlier entry": 57}


class Checks:
    """What was checked, printed as it is; the first that fails ends the run with its figures."""

    def __init__(self) -> None:
        self.count = 0

    def equal(self, what: str, ours: object, expected: object) -> None:
        self.count += 1
        if ours != expected:
            raise SystemExit(f"FAILED {what}: {ours!r}, expected {expected!r}")
        print(f"  ok  {what}: {ours}")

    def true(self, what: str, holds: bool) -> None:
        self.count += 1
        if not holds:
            raise SystemExit(f"FAILED {what}")
        print(f"  ok  {what}")


def folder(name: str, served: Served) -> Path:
    """A fresh copy of the example with the data beside it, reaching the served emulators."""
    path = BUILD / name
    shutil.copytree(ROOT / "examples" / "cesaw", path)
    (path / "data").mkdir()
    (path / "data" / DATA.name).symlink_to(DATA)
    config = (path / "config.yaml").read_text("utf-8").replace("http://127.0.0.1:8765", served.base_url)
    (path / "config.yaml").write_text(config, "utf-8")
    (path / "secrets").mkdir(mode=0o700)
    for secret_name, text in SECRETS.items():
        secret = path / "secrets" / secret_name
        secret.touch(0o600)
        secret.write_text(text, "utf-8")
    return path


def keep(name: str, value: Any) -> None:
    (BUILD / f"{name}.json").write_text(json.dumps(value, indent=2), "utf-8")


def plans(shell: Shell, name: str, *, expect: tuple[int, ...] = (0,)) -> dict[str, Any]:
    found = {plan["book"]: plan for plan in shell.hourbridge("plan", "--format", "json", expect=expect).json()}
    for book, plan in found.items():
        keep(f"{name}-{book}", plan)
    return found


def sending(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in plan["steps"] if step["action"] in ("create", "update", "void", "credit")]


# ---- the five parts --------------------------------------------------------------------------------------------------------------


def bill(shell: Shell, there: Companies, check: Checks) -> Path:
    """Pull, plan, approve, apply, reconcile; returns a copy of the state from before the first apply."""
    print("pull → plan → approve → apply → reconcile")
    shell.hourbridge("pull", expect=(0, 3))
    found = plans(shell, "plan", expect=(0, 3))
    for book in ("xero", "quickbooks"):
        shell.hourbridge("approve", found[book]["checksum"])
    before = shell.folder.parent / "before.db"
    shutil.copyfile(shell.folder / "state.db", before)
    shell.hourbridge("apply")
    tie_out = shell.hourbridge("reconcile", "--all", "--format", "json").json()
    keep("reconcile-all", tie_out)
    for book in ("xero", "quickbooks"):
        keep(f"reconcile-{book}", shell.hourbridge("reconcile", "--book", book, "--format", "json").json())
    check_buckets(tie_out, check)
    check_money(tie_out, there, check)
    return before


def check_buckets(tie_out: dict[str, Any], check: Checks) -> None:
    check.true("the tie-out ties", tie_out["ties"])
    buckets = tie_out["dispositions"]
    for name, (count, minutes) in BUCKETS.items():
        check.equal(f"{name} (entries, minutes)", (buckets[name]["count"], buckets[name]["seconds"] // 60), (count, minutes))
    on = [buckets[name] for name in ("drafted", "invoiced")]
    figures = (sum(one["count"] for one in on), sum(one["seconds"] for one in on) // 60)
    check.equal("on documents (entries, minutes)", figures, ON_DOCUMENTS)
    reasons = {name: sum(one["count"] for reason, one in buckets["held"]["reasons"].items() if name in reason) for name in HELD}
    check.equal("held, by reason", reasons, HELD)
    check.equal("all (entries, minutes)", (tie_out["entries"]["count"], tie_out["entries"]["seconds"] // 60), ALL)
    total = sum(one["seconds"] for one in buckets.values())
    check.equal("the buckets add up to the source (minutes)", total // 60, ALL[1])
    minutes = dict.fromkeys(ORGANISATIONS, 0)
    for source in tie_out["sources"]:
        minutes[(source["client"] or "").removeprefix("Organisation ")] += source["seconds"] // 60
    check.equal("minutes per organisation", minutes, ORGANISATIONS)
    billed = sum(one["billed_seconds"] - one["seconds"] for one in on)
    print(f"  billed minus worked: {billed} s ({billed / 3600:.2f} h)")


def check_money(tie_out: dict[str, Any], there: Companies, check: Checks) -> None:
    ours: dict[str, dict[str, Decimal]] = {"xero": {}, "quickbooks": {}}
    for document in tie_out["documents"]:
        ours["xero" if document["number"].startswith("CX-") else "quickbooks"][document["number"]] = Decimal(document["net"])
    theirs = there.nets()
    check.equal("documents in Xero", len(theirs["xero"]), len(ours["xero"]))
    check.true("the net of every invoice in Xero equals ours to the cent", ours["xero"] == theirs["xero"])
    check.true(
        f"the net of every invoice in QuickBooks ({len(theirs['quickbooks'])}) equals ours to the cent",
        ours["quickbooks"] == theirs["quickbooks"],
    )
    from_charges: dict[str, Decimal] = {}
    for one in tie_out["dispositions"].values():
        for currency, net in one["net"].items():
            from_charges[currency] = from_charges.get(currency, Decimal(0)) + Decimal(net)
    from_documents: dict[str, Decimal] = {}
    for document in tie_out["documents"]:
        from_documents[document["currency"]] = from_documents.get(document["currency"], Decimal(0)) + Decimal(document["net"])
    check.equal(
        "charges add up to documents, per currency", sorted((k, v) for k, v in from_charges.items() if v), sorted(from_documents.items())
    )


def nothing_more(shell: Shell, there: Companies, check: Checks, name: str) -> None:
    """A run on what is billed plans nothing and sends nothing."""
    print(name)
    writes, nets = there.writes(), there.nets()
    shell.hourbridge("pull", expect=(0, 3))
    found = plans(shell, name.replace(" ", "-"), expect=(0, 3))
    check.equal("steps that would send", sum(len(sending(plan)) for plan in found.values()), 0)
    shell.hourbridge("apply")
    check.equal("writes in both", there.writes(), writes)
    check.true("no document over there was touched", there.nets() == nets)


def restored(shell: Shell, before: Path, there: Companies, check: Checks) -> None:
    """The state from before the first apply finds its own documents over there and stops; `--adopt` ties them."""
    print("restored from before the first apply")
    for leftover in shell.folder.glob("state.db*"):
        leftover.unlink()
    shutil.copyfile(before, shell.folder / "state.db")
    writes, nets = there.writes(), there.nets()
    stopped = shell.hourbridge("apply", expect=(3,))
    check.true("it says that documents over there carry our numbers", "carry our numbers" in stopped.err + stopped.out)
    shell.hourbridge("apply", "--adopt")
    found = plans(shell, "plan-adopted", expect=(0, 3))
    check.equal("steps that would send after --adopt", sum(len(sending(plan)) for plan in found.values()), 0)
    check.equal("writes in both", there.writes(), writes)
    check.true("no document over there was touched", there.nets() == nets)
    tie_out = shell.hourbridge("reconcile", "--all", "--format", "json").json()
    check.true("the tie-out ties again", tie_out["ties"])


def changed(shell: Shell, there: Companies, check: Checks) -> None:
    """One row edited, one deleted, one back-dated row added: the next plan shows exactly that."""
    print("one row edited, one deleted, one back-dated row added")
    edited, deleted = edit_data(shell.folder / "data")
    writes = there.writes()
    shell.hourbridge("pull", expect=(0, 3))
    found = plans(shell, "plan-changed", expect=(0, 3))
    steps = {step["key"]: step for plan in found.values() for step in sending(plan)}
    update = f"xero/{edited:%Y-%m}/Organisation A"
    late = [key for key in steps if key.startswith("quickbooks/") and key.endswith("Organisation D")]
    check.equal("documents that would change", sorted(steps), sorted([update, *late]))
    check.equal("the draft of the edited row is amended", steps[update]["action"], "update")
    check.equal("the back-dated row goes on a document of its own month or later, once", len(late), 1)
    check.equal("its entries and seconds", (steps[late[0]]["entries"], steps[late[0]]["seconds"]), (1, 90 * 60))
    unmatched = shell.hourbridge("unmatched", "--format", "json", expect=(0, 3)).json()
    corrections = [row for row in unmatched if row["kind"] == "correction"]
    check.equal("the deleted row on a posted document is one held correction (entries, seconds)",
                [(row["entries"], row["seconds"]) for row in corrections], [(1, -deleted)])  # fmt: skip
    check.equal("writes in both", there.writes(), writes)
    keep("reconcile-changed", shell.hourbridge("reconcile", "--all", "--format", "json", expect=(0, 3)).json())


def edit_data(data: Path) -> tuple[datetime, int]:
    """Edits a copy of the data; returns the day of the edited row and the seconds of the deleted one."""
    with lzma.open(data / DATA.name, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    header, body = rows[0], rows[1:]
    column = {name: index for index, name in enumerate(header)}
    plain = [row for row in body if row[column["phase_short_name"]] != "Misc" and 30 < int(row[column["time_log_delta_minutes"]]) < 200]
    edit = next(row for row in plain if row[column["organization"]] == "A")
    gone = next(row for row in plain if row[column["organization"]] == "C")
    edit[column["time_log_delta_minutes"]] = str(int(edit[column["time_log_delta_minutes"]]) + 60)
    late = list(next(row for row in plain if row[column["organization"]] == "D"))
    late[column["time_log_fact_key"]] = "999999999"
    day = late[column["time_log_start_date"]].split(" ")[0]
    late[column["time_log_start_date"]], late[column["time_log_end_date"]] = f"{day} 1:11", f"{day} 2:41"
    late[column["time_log_delta_minutes"]] = "90"
    (data / DATA.name).unlink()
    with (data / "CESAW_time_fact.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *(row for row in body if row is not gone), late])
    day = datetime.strptime(edit[column["time_log_start_date"]], "%m/%d/%Y %H:%M").replace(tzinfo=UTC)
    return day, int(gone[column["time_log_delta_minutes"]]) * 60


# ---- all of it ---------------------------------------------------------------------------------------------------------------------


def main() -> int:
    if not DATA.exists():
        print(f"skipped: the data are not here ({DATA.name} in ../shared/data/cesaw); nothing was checked", file=sys.stderr)
        return 2
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    check, there = Checks(), Companies()
    with Served(there.mounts()) as served:
        shell = Shell(folder("firm", served))
        before = bill(shell, there, check)
        nothing_more(shell, there, check, "second run")
        copy = BUILD / "copy"
        shutil.copytree(shell.folder, copy, symlinks=True)
        third = Shell(copy, shell.ran)
        nothing_more(third, there, check, "third run on a copy of the state")
        restored(Shell(shell.folder, shell.ran), before, there, check)
        changed(third, there, check)
    report(shell, check)
    return 0


def report(shell: Shell, check: Checks) -> None:
    cpu = sum(ran.cpu_seconds for ran in shell.ran)
    peak = max(ran.peak_mb for ran in shell.ran)
    print("\n| command | CPU s | peak MB |\n|---|---|---|")
    for ran in shell.ran:
        print(f"| {' '.join(ran.arguments)} | {ran.cpu_seconds:.2f} | {ran.peak_mb:.0f} |")
    print(f"| all {len(shell.ran)} commands | {cpu:.1f} (at most {CPU_SECONDS_MAX}) | {peak:.0f} (at most {PEAK_MB_MAX}) |")
    print(f"\n{check.count} checks passed; reports are in build/real/")
    if cpu > CPU_SECONDS_MAX or peak > PEAK_MB_MAX:
        print("NOTE: over the bound above on this machine now", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
