"""Carries one job out and keeps how it ended. Files are read anew for every job, so that what was mended holds from the next one on.

One job's trouble is its own: it is recorded, told, and waited out, while the others go on. Nothing here knows real time.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from connector import bootstrap, logs
from connector.cli.failures import redacted, worst
from connector.cli.waiting import codes, sentence
from connector.daemon import patience, stamps
from connector.daemon.jobs import Ended, Job, Listener, jobs_of
from connector.errors import BusyError, HourbridgeError, StateError, StoppedError
from connector.ports import Clock
from connector.settings import Settings
from connector.store import jobs as kept
from connector.store.jobs import JobStanding
from connector.store.store import Store
from connector.use_cases.unattended import JOBS, Done, is_idle

log = logging.getLogger("connector.daemon")
COMMAND = "daemon:"
"""Before a job's name in `hourbridge runs`."""
SPARES_REQUESTS = ("resolve", "apply")
"""Jobs that do nothing, and record no run, while there is nothing to send or to look up."""


class Desk:
    """`jobs` and `standings` by name. `settings` is the last configuration that could be read: it says where to record that a newer one
    cannot, and is never worked by.
    """

    def __init__(
        self,
        config: Path,
        *,
        clock: Clock,
        transports: bootstrap.Transports = bootstrap.over_the_network,
        listeners: Sequence[Listener] = (),
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.config, self.clock, self.stopping = config, clock, stopping
        self._transports, self._listeners = transports, listeners
        self.settings: Settings | None = None
        self.jobs: dict[str, Job] = {}
        self.standings: dict[str, JobStanding] = {}

    def read(self) -> None:
        """The configuration as it is now, and at first how every job stood when the daemon last ended. Raises ConfigError, and then all
        stays as it was; a state that cannot be read now is told, and tried again with every job.
        """
        known, settings = self.settings is not None, bootstrap.load(self.config)
        self.settings, self.jobs = settings, jobs_of(settings)
        if known:
            return
        try:
            with self.store(settings) as store, store.snapshot() as read:
                self.standings = kept.all_of(read)
        except StateError as error:
            self.tell_trouble(error)

    @contextmanager
    def store(self, settings: Settings) -> Iterator[Store]:
        """The state, at the program's schema."""
        store = bootstrap.open_store(settings, self.clock)
        try:
            if not store.current():
                store.migrate()
            yield store
        finally:
            store.engine.dispose()

    def standing(self, job: Job) -> JobStanding:
        return self.standings.get(job.name) or JobStanding(name=job.name)

    # ---- one job ------------------------------------------------------------------------------------------------------------

    def run(self, job: Job) -> Ended | None:
        """Never raises an error of ours, of a library or of the machine. None where the program is stopping: nothing was begun."""
        if self.stopping():
            return None
        before = msgspec.structs.replace(self.standing(job), started_at=self.clock.now())
        self._tell(lambda listener: listener.started(job, self.clock.now()))
        try:
            run, done = self._carry_out(job)
        except Exception as error:  # noqa: BLE001  (a bulkhead: whatever it is, it is this job's alone)
            done = _failed(error)
            run = self._note(job, done)
        ended = self._ended(job, before, run, done)
        self.standings[job.name] = ended.standing
        self._keep(ended.standing)
        self._tell(lambda listener: listener.ended(ended))
        return ended

    def _carry_out(self, job: Job) -> tuple[int, Done | None]:
        """The number of its run and how it ended; (0, None) where there was nothing to do."""
        settings = bootstrap.load(self.config)
        with self.store(settings) as store:
            if job.kind in SPARES_REQUESTS:
                with store.snapshot() as read:
                    if is_idle(read, job.subject):
                        return 0, None
            command = f"{COMMAND} {job.name}"
            run = store.start_run(command)
            with logs.bound(run=run, command=command):
                try:
                    mapping = bootstrap.proved_mapping(settings, store, keep=True)
                    ws = bootstrap.assemble(settings, store, mapping, transports=self._transports, part=job.name)
                    ws.run, ws.stopping = run, self.stopping
                    done = JOBS[job.kind](ws, job.subject)
                except Exception as error:  # noqa: BLE001  (see above)
                    done = _failed(error)
            store.end_run(run, _exit_code(done), _first_line(_said(done)))
        return run, done

    def _note(self, job: Job, done: Done) -> int:
        """Records that a job could not even begin, where the state that was last known can be written."""
        if self.settings is None:
            return 0
        with suppress(HourbridgeError), self.store(self.settings) as store:
            run = store.start_run(f"{COMMAND} {job.name}")
            store.end_run(run, _exit_code(done), _first_line(_said(done)))
            return run
        return 0

    # ---- how it ended -------------------------------------------------------------------------------------------------------

    def _ended(self, job: Job, before: JobStanding, run: int, done: Done | None) -> Ended:
        now = self.clock.now()
        if done is None:
            standing = msgspec.structs.replace(patience.well(before, now), exit_code=0, said="nothing to do")
            return Ended(job=job, run=0, exit_code=0, said=standing.said, at=now, standing=standing, skipped=True)
        error, code, said = done.error, _exit_code(done), _said(done)
        standing = patience.ill(before, error, now, self._stamp(error)) if error else patience.well(before, now)
        standing = msgspec.structs.replace(standing, exit_code=code, said=said, run=run)
        skipped = isinstance(error, BusyError | StoppedError)
        return Ended(job=job, run=run, exit_code=code, said=said, at=now, standing=standing, error=error, skipped=skipped)

    def _stamp(self, error: Exception) -> str:
        return self.stamp() if patience.waits_for_a_person(error) else ""

    def stamp(self) -> str:
        """Of what a person would change to mend a job, as it is now."""
        found = stamps.stamp_of_files(self.config, self.settings)
        if self.settings is not None:
            with suppress(HourbridgeError), self.store(self.settings) as store, store.snapshot() as read:
                found += f"/{stamps.connected(read)}"
        return found

    def _keep(self, standing: JobStanding) -> None:
        """A state that cannot be written now loses nothing: standings are in memory too."""
        if self.settings is None:
            return
        with suppress(HourbridgeError), self.store(self.settings) as store, store.begin() as tx:
            kept.keep(tx, standing)

    def tell_trouble(self, error: HourbridgeError | None) -> None:
        self._tell(lambda listener: listener.troubled(error, self.clock.now()))

    def _tell(self, word: Callable[[Listener], None]) -> None:
        for listener in self._listeners:
            try:
                word(listener)
            except Exception as error:  # noqa: BLE001  (who listens must not harm what works)
                log.warning("a listener failed: %s", redacted(f"{type(error).__name__}: {error}"))


def _failed(error: Exception) -> Done:
    if isinstance(error, HourbridgeError):
        return Done(codes=(error.exit_code,), said=str(error), error=error)
    said = f"A bug in Hourbridge: {type(error).__name__}: {error}. Please report it."
    log.error("%s", redacted(said), exc_info=log.isEnabledFor(logging.DEBUG))
    return Done(codes=(1,), said=said, error=error)


def _exit_code(done: Done) -> int:
    return worst([*done.codes, *(codes(done.status) if done.status else ())])


def _said(done: Done) -> str:
    return redacted("; ".join(filter(None, [done.said, sentence(done.status) if done.status else ""])) or "done")


def _first_line(said: str) -> str:
    return said.splitlines()[0]
