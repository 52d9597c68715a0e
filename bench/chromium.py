"""Chromium over the pipe of its own protocol, to measure when a page is painted and to take pictures of it."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
]
# The last of the paints that the page reports: the first one, and the one of its largest part.
PAINTS = """new Promise((told) => {
  let largest = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { largest = Math.max(largest, entry.startTime); }))
    .observe({ type: "largest-contentful-paint", buffered: true });
  const look = () => {
    const first = performance.getEntriesByName("first-contentful-paint")[0];
    if (first && largest) told(JSON.stringify([first.startTime, largest])); else setTimeout(look, 20);
  };
  setTimeout(look, 300);
})"""


def program() -> str | None:
    """`CHROMIUM`, or the first browser of the family on the path."""
    names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


class Chromium:
    """A browser without a window; ends with the block."""

    def __init__(self) -> None:
        self.profile = tempfile.TemporaryDirectory()
        to_browser, self.write = os.pipe()
        self.read, from_browser = os.pipe()
        # The protocol speaks on the file descriptors 3 and 4.
        shell = ["sh", "-c", f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser}', program(), *FLAGS]
        command = [*shell, f"--user-data-dir={self.profile.name}", "about:blank"]
        self.child = subprocess.Popen(command, pass_fds=(to_browser, from_browser), stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.rest, self.number = b"", 0

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.terminate()
        self.child.wait()
        self.profile.cleanup()

    def message(self) -> dict:
        while b"\0" not in self.rest:
            chunk = os.read(self.read, 1 << 16)
            if not chunk:
                raise OSError("the browser has ended")
            self.rest += chunk
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method: str, params: dict | None = None, session: str | None = None) -> dict:
        self.number += 1
        request = {"id": self.number, "method": method, "params": params or {}}
        if session:
            request["sessionId"] = session
        os.write(self.write, json.dumps(request).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise OSError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    @contextlib.contextmanager
    def tab(self, address: str, cookies: dict[str, str], *, width: int, height: int, dark: bool = False) -> Iterator[str]:
        """The session of a tab in a browser that has nothing but these cookies."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", {"url": "about:blank", "browserContextId": context})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", metrics, session)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", {"features": [scheme]}, session)
        for name, value in cookies.items():
            if value:
                self.call("Network.setCookie", {"name": name, "value": value, "url": address, "httpOnly": True}, session)
        self.call("Page.enable", {}, session)
        yield session
        self.call("Target.disposeBrowserContext", {"browserContextId": context})

    def load(self, session: str, address: str) -> None:
        self.call("Page.navigate", {"url": address}, session)
        ready = {"expression": "document.readyState"}
        while self.call("Runtime.evaluate", ready, session)["result"].get("value") != "complete":
            time.sleep(0.02)

    def paint(self, address: str, path: str, cookies: dict[str, str], *, slower: int) -> float:
        """Milliseconds from the start of the navigation to the paint of the largest part, on a phone that has nothing of the
        page yet and whose processor is so many times slower.
        """
        with self.tab(address, cookies, width=390, height=844) as session:
            self.call("Emulation.setCPUThrottlingRate", {"rate": slower}, session)
            self.load(session, address + path)
            evaluated = self.call("Runtime.evaluate", {"expression": PAINTS, "awaitPromise": True}, session)
        return max(json.loads(evaluated["result"]["value"]))

    def picture(self, session: str) -> bytes:
        """What is to be seen, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", {"format": "png"}, session)["data"])
