"""A stateful emulator of the part of QuickBooks Online's Accounting API that we use.

Endpoints: POST /oauth2/v1/tokens/bearer · GET /.well-known/openid_configuration · /v3/company/{realm}/ invoice and
creditmemo (POST; GET by id), payment (POST), batch (POST), query (GET, and POST as other clients do), cdc (GET), companyinfo and
preferences (GET).
Facts: accounting.md section 1 of the project's reference; where the vendor's behaviour is not confirmed there is a switch.
The clock and the ids come from the caller, so that a history can be repeated. `ledger` is the ground truth: every accepted write,
by whomever.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from adapters.quickbooks.emulated.access import Identity, Tokens
from adapters.quickbooks.emulated.company import Body, Company, Invoice, Kind, Write
from adapters.quickbooks.emulated.forms import (
    Answer,
    Query,
    Refused,
    answer,
    fault_of,
    from_json,
    lower_fault,
    refused,
    seconds,
    stamp,
)
from adapters.quickbooks.emulated.invoices import Invoices
from adapters.quickbooks.emulated.limits import Calls, Limits
from adapters.quickbooks.emulated.lists import CHANGES_MAX, changed, select
from adapters.quickbooks.emulated.people import People
from adapters.quickbooks.emulated.query import parse
from adapters.quickbooks.emulated.receipts import Receipts, view_receipt
from adapters.quickbooks.emulated.replays import Remembered, Replays
from adapters.quickbooks.emulated.seed import found_company
from adapters.quickbooks.emulated.views import view_company, view_deleted, view_document, view_preferences

TOKEN_PATH = "/oauth2/v1/tokens/bearer"
BATCH_MAX = 30
BATCH_ID_LENGTH_MAX = 10
MINOR_VERSION = 75


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, in UTC."""


class Saved(Struct, kw_only=True):
    """Everything that outlives the process."""

    company: Company
    tokens: Tokens
    replays: dict[str, Remembered]
    calls: Calls
    ids_drawn: int


class Emulator:
    """One company, Intuit's identity service and one app. `ids` yields texts for tokens and trace ids.

    `people` is what people do over there, `replays` and `limits` hold switches, `identity` the tokens. `lists_lag`: queries hand
    out the SyncToken before the last one. `changes_max`: how many objects one answer of CDC tells.
    """

    def __init__(self, clock: Clock, ids: Iterator[str], company: Mapping[str, Any] | None = None) -> None:
        self._clock = clock
        self._ids = ids
        self._ids_drawn = 0
        self._lock = threading.RLock()
        self.identity = Identity(clock.now, self._new_id)
        self.replays = Replays()
        self.limits = Limits(clock.now)
        self.lists_lag = False
        self.changes_max = CHANGES_MAX
        self.seed(company or {})

    # ---- the company ---------------------------------------------------------------------------------------------------

    def seed(self, company: Mapping[str, Any]) -> None:
        """Begins new books: see `emulated.seed.CompanySeed` for the shape."""
        founded, refresh_tokens = found_company(company, seconds(self._clock.now()))
        self._open(founded)
        for token in refresh_tokens:
            self.identity.install(token)

    @property
    def realm_id(self) -> str:
        return self.company.realm_id

    @property
    def ledger(self) -> tuple[Write, ...]:
        return tuple(self.company.ledger)

    def invoices(self, number: str | None = None, *, live: bool | None = None, kind: Kind = "Invoice") -> list[Invoice]:
        """Documents as they stand, oldest first, deleted ones too; of one number, and only live or only dead ones, when asked."""
        return [
            invoice
            for invoice in self.company.shelf(kind).values()
            if (number is None or invoice.number == number) and (live is None or invoice.live == live)
        ]

    def dump(self) -> bytes:
        """The whole state as JSON, for `load` in another process."""
        with self._lock:
            saved = Saved(
                company=self.company,
                tokens=self.identity.tokens,
                replays=self.replays.memory,
                calls=self.limits.calls(),
                ids_drawn=self._ids_drawn,
            )
            return msgspec.json.encode(saved)

    def load(self, state: bytes) -> None:
        """Goes on where `dump` left off; ids that were drawn before are skipped, so that none comes twice."""
        saved = msgspec.json.decode(state, type=Saved)
        with self._lock:
            self._open(saved.company)
            self.identity.tokens = saved.tokens
            self.replays.memory = saved.replays
            self.limits.resume(saved.calls)
            while self._ids_drawn < saved.ids_drawn:
                self._new_id()

    def _open(self, company: Company) -> None:
        self.company = company
        self.books = Invoices(company, self._clock.now)
        self.receipts = Receipts(self.books, self._clock.now)
        self.people = People(self.books, self.receipts, self._clock.now)

    def _new_id(self) -> str:
        self._ids_drawn += 1
        return next(self._ids)

    # ---- the API -------------------------------------------------------------------------------------------------------

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One call: `target` is path and query, header names in any case. Never raises for what a caller may send."""
        with self._lock:
            named = {name.lower(): value for name, value in headers.items()}
            status, given, text = self._call(method, target, named, body)
            usual = {"Date": format_datetime(self._clock.now(), usegmt=True), "intuit_tid": self._new_id()}
            return status, {**usual, **given}, text

    def carry_out_late(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        """A request that was let in long ago and is only now carried out: its token and budget were looked at then."""
        with self._lock:
            query = Query(target)
            if query.path == TOKEN_PATH:
                self.identity.token({name.lower(): value for name, value in headers.items()}, body)
            elif query.path.startswith(self._base):
                self._carry_out(method, query, body)

    @property
    def _base(self) -> str:
        return f"/v3/company/{self.realm_id}/"

    def _call(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        query = Query(target)
        if query.path == TOKEN_PATH and method == "POST":
            return self.identity.token(headers, body)
        if query.path == "/.well-known/openid_configuration" and method == "GET":
            return answer(200, _discovery(headers))
        refusal = self.identity.refusal(headers)
        if refusal is not None:
            return refusal
        if not query.path.startswith(self._base):
            message = "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403"
            return lower_fault(403, message, "", "3100", "AUTHORIZATION")
        is_query = query.path == f"{self._base}query"
        refusal = self.limits.take(is_batch=query.path == f"{self._base}batch", is_read=method == "GET" or is_query)
        return refusal if refusal is not None else self._carry_out(method, query, body)

    def _carry_out(self, method: str, query: Query, body: bytes) -> Answer:
        resource = query.path.removeprefix(self._base)
        request_id = query.text("requestid") if method == "POST" and resource != "query" else ""
        try:
            self._check_version(query)
            recalled = self.replays.recall(request_id, is_batch=resource == "batch") if request_id else None
            if recalled is not None:
                return recalled
            given = self._route(method, resource, query, body)
        except Refused as refusal:
            given = refused(refusal, self._clock.now())
        if request_id:
            self.replays.remember(request_id, given)
        return given

    @staticmethod
    def _check_version(query: Query) -> None:
        """75 is the floor: 1 to 74 are taken and behave as 75; so does none at all."""
        text = query.text("minorversion", str(MINOR_VERSION))
        if not text.isdigit() or int(text) < 1:
            raise Refused("4000", "Invalid minorversion", f"minorversion '{text}' is not supported", "minorversion")

    def _route(self, method: str, resource: str, query: Query, body: bytes) -> Answer:
        name, _, entity_id = resource.partition("/")
        routes: dict[tuple[str, str], Callable[[], Body]] = {
            ("POST", "invoice"): lambda: self._one(query.text("operation") or "save", from_json(body), "Invoice"),
            ("POST", "creditmemo"): lambda: self._one(query.text("operation") or "save", from_json(body), "CreditMemo"),
            ("POST", "payment"): lambda: self._payment(from_json(body)),
            ("POST", "batch"): lambda: self._batch(from_json(body), query.text("requestid")),
            ("GET", "query"): lambda: self._query(query.text("query")),
            ("POST", "query"): lambda: self._query(body.decode("utf-8", "replace")),
            ("GET", "cdc"): lambda: changed(
                self.company, query.text("entities"), query.text("changedSince"), self._clock.now(), self.changes_max
            ),
            ("GET", "preferences"): lambda: {"Preferences": view_preferences(self.company)},
            ("GET", "companyinfo"): lambda: {"CompanyInfo": view_company(self.company)},
            ("GET", "invoice"): lambda: {"Invoice": view_document(self.company, self.books.standing(entity_id))},
            ("GET", "creditmemo"): lambda: {"CreditMemo": view_document(self.company, self.books.standing(entity_id, "CreditMemo"))},
        }
        found = routes.get((method, name))
        if found is None:
            return 404, {"Content-Type": "text/plain"}, b"Not Found"
        return answer(200, found() | {"time": stamp(self._clock.now())})

    # ---- what is written -----------------------------------------------------------------------------------------------

    def _one(self, operation: str, sent: Any, kind: Kind) -> Body:
        """Without an operation: what has an id is changed, what has none is made."""
        if not isinstance(sent, dict):
            raise Refused("2010", "Request has invalid or unsupported property", "The body is not an object")
        if operation == "save":
            operation = "update" if "Id" in sent else "create"
        if operation == "delete":
            return {kind: view_deleted(self.books.delete(sent, by="app", kind=kind), moment=False)}
        acts = {"create": self.books.create, "update": self.books.update, "void": self.books.void}
        if operation not in acts:
            raise Refused("2010", "Request has invalid or unsupported property", f"operation {operation} is not supported")
        written = acts[operation](sent, by="app", kind=kind)
        if kind == "CreditMemo" and operation == "create" and self.company.preferences.auto_apply_credit:
            self.receipts.apply_by_itself(written)
            written = self.books.standing(written.id, kind)
        return {kind: view_document(self.company, written)}

    def _payment(self, sent: Any) -> Body:
        if not isinstance(sent, dict) or "Id" in sent:
            raise Refused("2010", "Request has invalid or unsupported property", "The emulator makes payments and does not change them")
        return {"Payment": view_receipt(self.receipts.create(sent, by="app"))}

    def _batch(self, sent: Any, request_id: str) -> Body:
        """One after another; a refused item refuses nobody else."""
        items = sent.get("BatchItemRequest") if isinstance(sent, dict) else None
        if not isinstance(items, list) or not items or not all(isinstance(one, dict) for one in items):
            raise Refused("2010", "Request has invalid or unsupported property", "BatchItemRequest is missing", "BatchItemRequest")
        if len(items) > BATCH_MAX:
            raise Refused("1040", "Batch size limit exceeded", f"The maximum number of batch items is {BATCH_MAX}")
        ids = [str(one.get("bId", "")) for one in items]
        if len(set(ids)) != len(ids) or "" in ids:
            raise Refused("2010", "Request has invalid or unsupported property", "bId must be there and unique", "bId")
        if request_id and max(map(len, ids)) > BATCH_ID_LENGTH_MAX:
            raise Refused("2050", "Invalid String", f"bId: Min:1 Max:{BATCH_ID_LENGTH_MAX} supported with requestid", "bId")
        return {"BatchItemResponse": [self._batch_item(one) | {"bId": str(one["bId"])} for one in items]}

    def _batch_item(self, item: Mapping[str, Any]) -> Body:
        """Voiding is not offered here: no page of the vendor describes it for batches."""
        kind: Kind = "CreditMemo" if "CreditMemo" in item else "Invoice"
        if "Query" not in item and (item.get("operation") not in ("create", "update", "delete") or kind not in item):
            text = "Request has invalid or unsupported property"
            return {"Fault": fault_of(Refused("2010", text, "Unsupported operation or entity", "operation"))}
        try:
            if "Query" in item:
                return self._query(str(item["Query"]))
            return self._one(str(item["operation"]), item[kind], kind)
        except Refused as refusal:
            return {"Fault": fault_of(refusal)}

    def _query(self, text: str) -> Body:
        return {"QueryResponse": select(self.company, parse(text), stale=self.lists_lag)}


def _discovery(headers: Mapping[str, str]) -> Body:
    """What Intuit's own client asks first: where everything else is, for an emulator that is mounted without a prefix."""
    base = f"http://{headers.get('host', '127.0.0.1')}"
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/connect/oauth2",
        "token_endpoint": f"{base}{TOKEN_PATH}",
        "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
        "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
        "jwks_uri": f"{base}/op/v1/jwks",
    }
