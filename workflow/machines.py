"""All tables of moves, by noun. A new table is one line here."""

from workflow.certificate_moves import CERTIFICATE
from workflow.lock_moves import LOCKING
from workflow.moves import Machine
from workflow.parcel_moves import PARCEL
from workflow.person_moves import PERSON
from workflow.refund_moves import REFUND
from workflow.security_moves import SECURITY_BATCH
from workflow.statement_moves import STATEMENT
from workflow.transfer_moves import TRANSFER
from workflow.unit_moves import UNIT
from workflow.window_moves import WINDOW

MACHINES: dict[str, Machine] = {
    machine.noun: machine
    for machine in (UNIT, PERSON, TRANSFER, LOCKING, WINDOW, CERTIFICATE, PARCEL, STATEMENT, REFUND, SECURITY_BATCH)
}
