"""Pictures of charts, drawn in a process of their own: it begins when one is asked for, and ends when none is."""

from __future__ import annotations

import atexit
import re
import sys
from functools import partial
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from threading import Lock, Timer
from typing import Final
from xml.sax.saxutils import escape

from fastapi import Request, Response

from app.api.formats import FORMATS
from app.api.threads import Threads
from app.errors import QueryTimeout
from app.store.records.document import decode

PICTURES: Final = {one.content_type: one for one in FORMATS if one.is_picture}
PROGRAM: Final = Path(__file__).with_name("chart_process.py")
LONGEST: Final = 30.0  # seconds for one picture, the start of the process included
IDLE: Final = 60.0  # seconds after which the process ends, and with it 100 MB of memory

_NOT_OF_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Drawer:
    """Draws one picture at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: Popen[bytes] | None = None
        self._idle = Timer(IDLE, self.end)

    def draw(self, form: str, spec: bytes) -> bytes:
        """The picture of a specification, as svg or png. Raises QueryTimeout."""
        with self._lock:
            self._idle.cancel()
            try:
                return self._asked(form, spec)
            finally:
                self._idle = Timer(IDLE, self.end)
                self._idle.daemon = True
                self._idle.start()

    def _asked(self, form: str, spec: bytes) -> bytes:
        process = self._begun()
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the process that draws has no pipes")
        in_time = Timer(LONGEST, process.kill)
        in_time.start()
        try:
            process.stdin.write(b"%b %d\n%b" % (form.encode(), len(spec), spec))
            process.stdin.flush()
            word, _, size = process.stdout.readline().partition(b" ")
            body = process.stdout.read(int(size or 0))
        except BrokenPipeError:
            word, body = b"", b""
        finally:
            in_time.cancel()
        if not word:
            self._ended()
            raise QueryTimeout(f"the chart could not be drawn, or not within {LONGEST:g} s; ask for fewer figures")
        if word == b"failed":
            raise RuntimeError(body.decode())
        return body

    def _begun(self) -> Popen[bytes]:
        """The process. Its days are those of UTC, and signals to the service leave it alone: it ends with its input."""
        if self._process is None or self._process.poll() is not None:
            self._ended()
            command = [sys.executable, "-I", str(PROGRAM)]
            self._process = Popen(  # noqa: S603  # our own program
                command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={"TZ": "UTC"}, start_new_session=True
            )
        return self._process

    def end(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._ended()

    def _ended(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


DRAWER: Final = Drawer()
atexit.register(DRAWER.end)


async def drawn(request: Request, answer: Response) -> Response:
    """An answer whose body is a chart's specification, with its picture instead, if it is to be one by its type."""
    form = PICTURES.get(answer.headers.get("Content-Type", ""))
    if form is not None and answer.status_code == 200:
        threads: Threads = request.app.state.threads
        answer.body = await threads.draw(partial(_picture, form.name, bytes(answer.body)))
        answer.headers["Content-Length"] = str(len(answer.body))
    return answer


def _picture(form: str, spec: bytes) -> bytes:
    found = DRAWER.draw(form, spec)
    return with_words(found.decode(), spec).encode() if form == "svg" else found


def with_words(svg: str, spec: bytes) -> str:
    """A picture with the title and description of its chart, as SVG 2 has them for those who do not see it."""
    chart = decode(spec)
    title, description = (escape(text) for text in (" ".join(chart["title"]["text"]), chart["description"]))
    start, end, rest = svg.partition(">")
    told = f'{start} role="img"{end}<title>{title}</title><desc>{description}</desc>{rest}'
    return _NOT_OF_XML.sub("", told)
