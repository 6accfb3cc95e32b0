"""Requests to servers of this machine, each on a connection of its own.

httpx reads the certificates of the web for each request that is made so, which takes far longer than the request.
"""

from __future__ import annotations

import ssl
from functools import partial
from typing import Final

import httpx

from tests.waiting import PATIENCE

NO_CERTIFICATES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

get = partial(httpx.get, verify=NO_CERTIFICATES, timeout=PATIENCE)
post = partial(httpx.post, verify=NO_CERTIFICATES, timeout=PATIENCE)
