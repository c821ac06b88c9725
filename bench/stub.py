"""A bare server of prebuilt Harvest pages on loopback: the smallest thing that a pull can be measured against.

Run as a program of its own (`python -m bench.stub ENTRIES`), so that none of what it costs is counted. It prints its address, serves
until its standard input ends, and counts what it was asked (`GET /asked`). An entry is about 1,200 bytes, as in
../shared/reference/performance.md. Nothing was changed after `LAST_CHANGE`: with an `updated_since` after it, nothing is listed. What
tap-harvest asks before it begins (a token, the accounts) is answered too.
"""

import json
import socketserver
import sys
import threading
from datetime import date, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

PER_PAGE = 2000
KINDS_OF_PAGES = 50
"""Pages beyond that repeat the days and hours of earlier ones, under ids of their own."""
CLIENTS, PROJECTS, PEOPLE, TASKS = 60, 200, 50, 10
PROJECTS_EACH, TASKS_EACH = 12, 4
"""Of one person: 2,400 ways to work for somebody in all."""
FIRST_DAY, DAYS = date(2025, 1, 1), 365
LAST_CHANGE = "2026-01-01"
PAGE_MARK = b"70770770"
"""Stands in the ids of a prebuilt page until it is known which page it is."""

FOR_THE_TAP = {"/api/v2/oauth2/token": b'{"access_token":"bench","expires_in":3600}', "/api/v2/accounts": b'{"accounts":[{"id":1}]}'}


def page_bytes(kind: int, rows: int) -> bytes:
    random = Random(kind)
    return b",".join(json.dumps(_entry(random, kind, row)).encode() for row in range(rows))


def _entry(random: Random, kind: int, row: int) -> dict[str, Any]:
    person = random.randrange(PEOPLE)
    project, task = (person * 17 + random.randrange(PROJECTS_EACH) * 13) % PROJECTS, (person + random.randrange(TASKS_EACH)) % TASKS
    client = project % CLIENTS
    day = FIRST_DAY + timedelta(days=(kind * 7919 + row * 31) % DAYS)
    hours = random.randrange(1, 33) * 25 / 100
    stamp = f"{day.isoformat()}T18:{row % 60:02}:{kind % 60:02}Z"
    assignment = {
        "id": 900_000 + project,
        "is_active": True,
        "hourly_rate": 100.0,
        "budget": None,
        "created_at": stamp,
        "updated_at": stamp,
    }
    return {
        "id": int(f"{PAGE_MARK.decode()}{row:04}"), "spent_date": day.isoformat(), "hours": hours, "hours_without_timer": hours,
        "rounded_hours": hours, "notes": f"Worked on item {random.randrange(9999)} for the client: {'looked, mended, told; ' * 4}",
        "is_locked": False, "locked_reason": None, "is_closed": True, "is_billed": False, "timer_started_at": None, "started_time": "9:00am",
        "ended_time": "5:00pm", "is_running": False, "billable": True, "budgeted": True, "billable_rate": 100.0, "cost_rate": 50.0,
        "created_at": stamp, "updated_at": stamp, "user": {"id": 1000 + person, "name": f"Person {person:02}"},
        "client": {"id": 2000 + client, "name": f"Client {client:02}", "currency": "USD"},
        "project": {"id": 3000 + project, "name": f"Project {project:03}", "code": f"P{project}"},
        "task": {"id": 4000 + task, "name": f"Task {task}"}, "user_assignment": {**assignment, "is_project_manager": False},
        "task_assignment": {**assignment, "billable": True}, "invoice": None, "external_reference": None,
    }  # fmt: skip


class Pages:
    """What is served, and what was asked of it."""

    def __init__(self, entries: int) -> None:
        self.total = entries
        self.count = -(-entries // PER_PAGE)
        self.asked: list[str] = []
        self._bodies = [page_bytes(kind, min(PER_PAGE, entries)) for kind in range(min(KINDS_OF_PAGES, self.count))]

    def answer(self, target: str, host: str) -> bytes:
        path, asked = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if path == "/asked":
            return json.dumps(self.asked).encode()
        self.asked.append(target)
        if path == "/v2/users/me":
            return json.dumps({"id": 1000, "first_name": "Person", "last_name": "00", "access_roles": ["administrator"]}).encode()
        if path == "/v2/company":
            return json.dumps({"name": "Bench", "base_uri": f"http://{host}", "full_domain": host, "is_active": True}).encode()
        if path == "/v2/time_entries":
            since = asked.get("updated_since", [""])[0]
            return self._listed(int(asked.get("page", ["1"])[0]), host) if since < LAST_CHANGE else self._nothing(host)
        if path in FOR_THE_TAP:
            return FOR_THE_TAP[path]
        name = path.rpartition("/")[2]
        return self._around([], name, 1, 1, host)

    def _listed(self, page: int, host: str) -> bytes:
        body = self._bodies[(page - 1) % len(self._bodies)].replace(PAGE_MARK, f"70{page:06}".encode())
        return self._around(body, "time_entries", page, self.count, host)

    def _nothing(self, host: str) -> bytes:
        return self._around([], "time_entries", 1, 1, host)

    def _around(self, body: bytes | list[object], name: str, page: int, pages: int, host: str) -> bytes:
        following = f"http://{host}/v2/{name}?page={page + 1}&per_page={PER_PAGE}" if page < pages else None
        links = {
            "first": f"http://{host}/v2/{name}?page=1",
            "next": following,
            "previous": None,
            "last": f"http://{host}/v2/{name}?page={pages}",
        }
        rest = {"per_page": PER_PAGE, "total_pages": pages, "total_entries": self.total, "next_page": page + 1 if following else None,
                "previous_page": None, "page": page, "links": links}  # fmt: skip
        rows = body if isinstance(body, bytes) else b""
        return b'{"' + name.encode() + b'":[' + rows + b"]," + json.dumps(rest).encode()[1:]


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        pages: Pages = self.server.pages  # type: ignore[attr-defined]
        while line := self.rfile.readline():
            target, length, host = line.split(b" ")[1].decode(), 0, ""
            while header := self.rfile.readline().strip():
                name, _, said = header.partition(b":")
                length = int(said) if name.lower() == b"content-length" else length
                host = said.strip().decode() if name.lower() == b"host" else host
            self.rfile.read(length)
            body = pages.answer(target, host)
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
            self.wfile.write(body)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def main() -> int:
    with _Server(("127.0.0.1", 0), _Connection) as server:
        server.pages = Pages(int(sys.argv[1]))  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        sys.stdin.read()
        server.shutdown()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
