"""Finds Chromium and starts it so that it talks to nobody but the pages under test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "Chromium is not here. Install it (Debian: apt-get install chromium) "
    "or name it in the environment: CHROMIUM=/path/to/chromium"
)
DRIVER_FAILS = "Playwright's driver does not run here. It may lack a library (Debian: apt-get install libatomic1)"
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1366, "height": 768}}
EVERYWHERE: dict[str, Any] = {"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}


def find_chromium() -> str | None:
    """The program named by CHROMIUM, or an installed one."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if os.access(named, os.X_OK) else None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def driver_runs() -> bool:
    """Whether the program that Playwright brings along to drive browsers finds its libraries."""
    command = [sys.executable, "-m", "playwright", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def launch(
    playwright: Playwright, program: str, *, camera: Path | None = None, is_camera_allowed: bool = True
) -> Browser:
    """Start Chromium. ``camera``: a .y4m or .mjpeg film that pages get instead of a real camera; without being asked,
    or not before somebody has allowed it."""
    options = list(QUIET)
    if os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium's own sandbox refuses root
    if camera is not None:
        options += [
            "--use-fake-ui-for-media-stream" if is_camera_allowed else "--deny-permission-prompts",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={camera}",
        ]
    return playwright.chromium.launch(executable_path=program, args=options)
