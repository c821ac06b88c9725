"""The sink over a real socket, as `hourbridge sandbox` serves Xero: one prefix for the API and the identity service."""

from connector.ports import Accepted, Change
from connector.sandbox import Fault, Mount, Script, Served
from tests.adapters.xero.books import Books, accepted


def test_a_document_goes_over_loopback_and_a_broken_connection_is_survived():
    script = Script()
    probe = Books()
    mount = Mount(probe.emulator, clock=probe.clock, faults=script, prefix="/xero")
    with Served([mount]) as served:
        books = Books(base_url=f"{served.base_url}/xero", token_url=f"{served.base_url}/xero/connect/token")
        document = books.document(customer_id=probe.contact("Alpine Dental"))
        request = books.ready(books.sink.prepare("create", [Change(document)])[0])
        script.plan(Fault("lose_answer"), method="PUT")

        lost = books.sink.send(request)[document.ref]
        found = books.sink.find([document.ref])[document.ref]
        again = books.sink.send(request)[document.ref]
        books.sink.close()

    assert not isinstance(lost, Accepted)
    assert [remote.id for remote in found] == [accepted(again).id]
    assert len(probe.emulator.ledger) == 1
