"""What a command does not need it does not import: starting costs more than most of the work."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    "sqlalchemy",
    "httpx",
    "rich",
    "pydantic",
    "msgspec",
    "babel",
    "yaml",
    "alembic",
    "rapidfuzz",
    "starlette",
    "uvicorn",
    "openpyxl",
}


def imported_by(*words: str, folder: Path) -> set[str]:
    code = (
        "import sys\nfrom connector.cli.main import main\nsys.argv = ['hourbridge', *sys.argv[1:]]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nprint('\\n'.join({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
        capture_output=True,
        check=True,
    )
    return set(done.stderr.splitlines())


def test_help_imports_none_of_the_heavy_libraries(tmp_path):
    assert imported_by("--help", folder=tmp_path) & HEAVY == set()
    assert imported_by("plan", "--help", folder=tmp_path) & (HEAVY - {"pydantic"}) == set()  # typer itself brings that


def test_status_speaks_to_nobody_and_migrates_nothing(run, folder):
    run("pull")

    imported = imported_by("status", folder=folder)

    assert "sqlalchemy" in imported
    assert imported & {"httpx", "tenacity", "alembic", "uvicorn", "starlette", "openpyxl", "charset_normalizer", "rapidfuzz"} == set()


def test_a_reader_that_goes_away_is_no_bug(tmp_path):
    """More than a pipe holds, to a reader that takes nothing: no traceback, and the exit code shells give for a broken pipe."""
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "wb") as gone:
        done = subprocess.run(
            [sys.executable, "-m", "connector.cli", "schema"], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=gone,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (141, "")


def test_two_containers_with_the_same_name_and_process_number_hold_leases_apart():
    alike = (
        "import os, socket; os.getpid = lambda: 1; socket.gethostname = lambda: 'hourbridge'; "
        "from connector.bootstrap import owner_of; assert owner_of() == owner_of(); print(owner_of(), owner_of('book'))"
    )
    said = [subprocess.run([sys.executable, "-c", alike], capture_output=True, text=True, check=True).stdout.split() for _ in range(2)]
    assert len({owner for each in said for owner in each}) == 4
    assert all(owner.startswith("hourbridge:1:") for each in said for owner in each)
