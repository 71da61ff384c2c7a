"""Long work in the background: asked for in a request, done once by whichever worker takes it, its result kept a day.

The rows of ``job`` are the truth; the queue only carries their references. A worker takes a job by compare-and-set and
holds it by its attempt number: a message delivered twice, a second worker, or one that was thought dead can do nothing.
"""

from workflow.jobs.asking import NotCancelled, ask, cancel
from workflow.jobs.kinds import Cancelled, Context, Kind, Refused
from workflow.jobs.running import Runner
from workflow.jobs.sweeping import KEPT, sweep

__all__ = [
    "KEPT", "Cancelled", "Context", "Kind", "NotCancelled", "Refused", "Runner", "ask", "cancel", "sweep",
]  # fmt: skip
