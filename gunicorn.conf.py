"""How gunicorn serves the product: read by `./run`, and by any service manager that starts it the same way.

Threads, because the synchronous worker cuts streamed downloads and hangs on slow clients. Loopback only: the
outside world comes through a reverse proxy. `PORT` and `WEB_CONCURRENCY` (processes) in the environment change the
two figures that depend on the machine.
"""

import gc
import os
from typing import Any

bind = f"127.0.0.1:{os.environ.get('PORT') or '8000'}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = 4
worker_class = "gthread"

timeout = 120  # a large import or export answers late, but it answers
graceful_timeout = 30
max_requests = 2000  # a worker is replaced now and then, so that no leak grows for months
max_requests_jitter = 400  # and never both at once

preload_app = False  # each worker opens its own database connections
accesslog = None  # the audit trail is the record; a proxy writes its own log
loglevel = "warning"
control_socket_disable = True  # nothing steers a running server but signals


def post_worker_init(_worker: Any) -> None:
    """Leave what was loaded at the start out of every search for garbage: exports make so many rows that it shows."""
    gc.collect()
    gc.freeze()


def when_ready(_server: Any) -> None:
    """Print the address once the port listens."""
    print(
        f"\n  已启动，请在浏览器打开 / Open in a browser:  http://{bind}\n  按 Ctrl+C 停止 / Ctrl+C stops it.\n",
        flush=True,
    )
