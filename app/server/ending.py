"""How a server ends, for itself and for the process that starts several, which imports nothing that serves."""

from __future__ import annotations

import signal
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)  # as of uvicorn
LAST: Final = 3.0  # seconds after the end of the period in which threads are to end, before the process does
