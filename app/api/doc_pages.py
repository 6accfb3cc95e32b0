"""The pages that people read the API's description in, `/docs` and `/redoc`: without internet, and with a policy that
lets the browser load and run nothing but what they come with.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse

from app.api.queries import FIRST, SHARED
from app.domain.query.registry import Parameter, parameters

STATIC: Final = "/static-offline-docs"  # where FastAPIOffline serves the scripts

# Styles may stand in the page: both scripts make some. Pictures are those of the pages themselves, or drawn in data.
POLICY: Final = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
# The list of claims is open, unless the address names another operation.
OPEN: Final = 'if (!location.hash) history.replaceState(null, "", "#/claims/list_claims")'
OPTIONS: Final[dict[str, Any]] = {
    "tryItOutEnabled": True,
    "defaultModelsExpandDepth": -1,
    "displayRequestDuration": True,
    "validatorUrl": None,  # which is asked elsewhere by default
}

GROUPS: Final = {
    "claim": "The claim",
    "speaker": "The speaker",
    "role": "One role",
    "said_on": "When it was said",
    "figure": "One figure",
    "citation": "One document that proves it",
    "assessment": "One published verdict",
    "relation": "One relation to another claim",
}  # of the filters that do not stand first


def add_pages(app: FastAPI) -> None:
    """Serve both pages."""

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        page = get_swagger_ui_html(
            openapi_url=f"{root}{app.openapi_url}",
            title=f"{app.title} - Swagger UI",
            swagger_js_url=f"{root}{STATIC}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{STATIC}/swagger-ui.css",
            swagger_favicon_url=f"{root}{STATIC}/favicon.png",
            swagger_ui_parameters=OPTIONS,
        )
        head = f"<style>{_headings()}</style><script>{OPEN}</script></head>"
        return _guarded(bytes(page.body).decode().replace("</head>", head, 1))

    @app.get("/redoc", include_in_schema=False)
    async def redoc(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        page = get_redoc_html(
            openapi_url=f"{root}{app.openapi_url}",
            title=f"{app.title} - ReDoc",
            redoc_js_url=f"{root}{STATIC}/redoc.standalone.js",
            with_google_fonts=False,
            redoc_favicon_url=f"{root}{STATIC}/favicon.png",
        )
        return _guarded(bytes(page.body).decode())


def _guarded(html: str) -> HTMLResponse:
    """A page that runs its own scripts, known by their digests, and those of this service."""
    inside = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in inside]
    policy = POLICY.format(scripts=" ".join(f"'sha256-{one}'" for one in digests)).replace("  ", " ")
    return HTMLResponse(html, headers={"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"})


def _headings() -> str:
    """Style rules that write, before the first parameter of each group, what the group is about."""
    first: dict[str, str] = {FIRST[0]: "Most used"}
    told = set[str]()
    for parameter in parameters():
        group = _group_of(parameter)
        if parameter.name not in FIRST and group not in told:
            told.add(group)
            first[parameter.name] = GROUPS[group]
    first[next(name for name in SHARED if name not in FIRST)] = "The answer"
    return "".join(_heading(name, text) for name, text in first.items())


def _group_of(parameter: Parameter) -> str:
    own = parameter.field
    if own.element != "claim":
        return own.element
    head = own.name.partition("__")[0]
    return {"source": "citation"}.get(head, head) if head in (*GROUPS, "source") else "claim"


def _heading(name: str, text: str) -> str:
    row = f'tr[data-param-name="{escape(name)}"][data-param-in="query"] > td'
    title = f'content: "{text}"; position: absolute; top: 1em; white-space: nowrap; font-weight: bold; font-size: 1.1em'
    return f"{row} {{ padding-top: 3.5em !important; position: relative }} {row}:first-of-type::before {{ {title} }}"
