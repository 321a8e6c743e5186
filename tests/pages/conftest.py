"""A real Chromium to look at pages with: the machine's own, or Debian's, installed where it may."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Nothing but the page: no calls of its own, and no screen."""
PATIENCE = 240
"""Seconds for Debian's packages to arrive, once on a machine: fewer than a test may take."""


def _install() -> None:
    """Where it cannot be had, the tests are skipped, and say so."""
    apt = which("apt-get")
    if apt is None or os.geteuid() != 0:
        return
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "PATH": os.environ["PATH"]}
    for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        try:
            subprocess.run(
                [apt, "-qq", *command],
                env=quiet,
                capture_output=True,
                timeout=PATIENCE / 2,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return


@pytest.fixture(scope="module")  # no longer: playwright's event loop runs until it is closed
def browser() -> Iterator[Browser]:
    with FileLock(Path(tempfile.gettempdir()) / "onebacklog-chromium.lock", timeout=PATIENCE):
        if not CHROMIUM.exists():
            _install()
    if not CHROMIUM.exists():
        pytest.skip("needs Chromium (Debian's package chromium), which cannot be had here")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        try:
            yield started
        finally:
            started.close()


@dataclass
class Seen:
    """A page as it is shown, and what it tried beside that."""

    page: Page
    asked: list[str] = field(default_factory=list)
    """Addresses, but for the page's own."""
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@contextmanager
def opened(
    browser: Browser, path: Path, *, width: int = 1280, scheme: str = "light"
) -> Iterator[Seen]:
    """The file in a window of that width, in a profile of its own."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        offline=True,
    )
    context.set_default_timeout(30_000)
    try:
        seen = Seen(context.new_page())

        def dismiss(dialog: object) -> None:
            seen.dialogs.append(str(dialog))
            dialog.dismiss()  # type: ignore[attr-defined]

        seen.page.on("request", lambda request: seen.asked.append(request.url))
        seen.page.on("dialog", dismiss)
        seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
        seen.page.goto(path.as_uri())
        seen.asked.remove(path.as_uri())
        yield seen
    finally:
        context.close()
