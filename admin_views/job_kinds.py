"""The kinds of background jobs. One more is a function and an entry here."""

from admin_views.long_import import IMPORTS
from admin_views.long_work import CONFIRMS, EXPORTS
from admin_views.packages import PACKAGES
from admin_views.recognising import RECOGNISES
from admin_views.verifying import VERIFIES

KINDS = {kind.name: kind for kind in (EXPORTS, CONFIRMS, IMPORTS, VERIFIES, RECOGNISES, PACKAGES)}
