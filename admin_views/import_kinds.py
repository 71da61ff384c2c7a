"""The kinds of tables and packages that are imported. One more is an entry here."""

from admin_views.import_decisions import DecisionImport
from admin_views.import_kind import Kind
from admin_views.import_package import PackageImport
from admin_views.import_payments import PaymentImport
from admin_views.import_quota import QuotaImport
from admin_views.import_security import SecurityImport
from admin_views.import_tracking import TrackingImport
from workflow.machines import MACHINES

KINDS: dict[str, Kind] = {
    kind.word: kind
    for kind in (
        QuotaImport(),
        PaymentImport(),
        SecurityImport(),
        TrackingImport(),
        PackageImport(),
        *(DecisionImport(noun) for noun in MACHINES),
    )
}
"""The kinds by the word that stands in addresses."""
