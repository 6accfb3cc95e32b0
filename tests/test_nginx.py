"""docs/nginx.conf, with a real nginx between a client and a server, where the machine has one."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from app.store.database.engine import Database
from tests.server_process import ROOT, server_process
from tests.waiting import comes_true

CONFIGURATION = ROOT / "docs" / "nginx.conf"


@pytest.fixture
def proxy(seeded_databases: Callable[[str], Database], tmp_path: Path) -> Iterator[str]:
    """The address of a proxy in front of the seed."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if nginx is None:
        pytest.skip("needs nginx")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = seeded_databases("sqlite").url.render_as_string()
    with server_process(url, tmp_path, TRUSTED_PROXIES="127.0.0.1", EXPORTS_PER_CLIENT="1") as server:
        text = CONFIGURATION.read_text()
        text = re.sub(r"server 127\.0\.0\.1:8000;", f"server 127.0.0.1:{server.port};", text)
        text = re.sub(r"listen 8080;", f"listen 127.0.0.1:{port};", text)
        places = "".join(
            f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        text = text.replace("http {", f"http {{ access_log off; {places}", 1)
        (tmp_path / "nginx.conf").write_text(f"daemon off; pid {tmp_path}/pid;\n{text}")
        tmp_path.chmod(0o755)
        process = subprocess.Popen(
            [nginx, "-e", f"{tmp_path}/errors", "-p", str(tmp_path), "-c", f"{tmp_path}/nginx.conf"],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            assert comes_true(lambda: process.poll() is not None or _answers(address))
            assert process.poll() is None, process.communicate()[1]
            yield address
        finally:
            process.terminate()
            process.communicate()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=60).status_code == 200
    except httpx.TransportError:
        return False


def test_a_proxy_passes_on_what_is_asked_and_answered(proxy: str) -> None:
    with httpx.Client(base_url=proxy, timeout=60) as client:
        page = client.get("/v1/claims?limit=1")
        assert page.json()["meta"]["total"]["value"] == 38
        assert client.get("/v1/claims?limit=1", headers={"If-None-Match": page.headers["etag"]}).status_code == 304
        assert client.get("/v1/claims/export", headers={"X-Forwarded-For": "10.0.0.1"}).text.count("\n") == 38
        found = client.post("/v1/claims/search", json={"where": {"field": "q", "op": "eq", "value": "cyber"}})
        assert found.status_code == 200
        assert client.get("/v1/claims/by-key/japan-cyber-2024/shimada-1").status_code == 200
        assert client.get(f"/v1/claims?{'&' * 17_000}").status_code == 414


def test_a_proxy_gives_one_client_only_so_many_connections(proxy: str) -> None:
    half = b"POST /v1/claims/search HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"

    def is_refused() -> bool:
        """Whether one more is refused beside 25, of which one or another may be refused itself."""
        with ExitStack() as opened, httpx.Client(base_url=proxy, timeout=60) as client:
            for _ in range(25):
                opened.enter_context(socket.create_connection(("127.0.0.1", httpx.URL(proxy).port or 0))).sendall(half)
            return client.get("/v1/claims?limit=1").status_code == 429

    assert comes_true(is_refused)
