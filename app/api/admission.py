"""The gate of /v1: what each request must pass before anything else reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from starlette.types import Scope

from app.api.access import caller_of, client_of, require_scope
from app.api.problems import caused_response, fault_response
from app.errors import OnRecordError

if TYPE_CHECKING:
    from app.api.rates import Rate


class Gate:
    """Rates of requests, and keys. reads_need_key: reading needs the scope `read`, which every key has.

    A key that is sent is looked up whatever is asked: who sends one that is revoked is told so. is_open: a request
    without an Authorization header has nothing to pass here.
    """

    def __init__(self, app: FastAPI, *, reads_need_key: bool, per_address: Rate | None, per_key: Rate | None) -> None:
        self.is_open = not reads_need_key and per_address is None
        self._app = app
        self._reads_need_key = reads_need_key
        self._per_address = per_address
        self._per_key = per_key

    async def refusal(self, scope: Scope) -> Response | None:
        """The answer to a request that is not admitted."""
        scope["app"] = self._app  # as the app itself does when it is asked
        request = Request(scope)
        try:
            await self._admit(request)
        except OnRecordError as error:
            return caused_response(request, error)
        except Exception as error:
            return fault_response(error)
        return None

    async def _admit(self, request: Request) -> None:
        if self._per_address and (address := client_of(request)):
            self._per_address.take(address)
        caller = await (require_scope(request, "read") if self._reads_need_key else caller_of(request))
        if self._per_key and caller.key_id is not None:
            self._per_key.take(str(caller.key_id))
