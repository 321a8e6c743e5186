"""A host of its own on this machine: a network namespace, whose cable can be pulled.

It needs root. Its processes reach the host's PostgreSQL by that cable alone, and the trackers by
another way, which stays: whoever is cut off from the state could go on writing to them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

FORWARD = """
import ctypes, os, socket, sys, threading

def enter(path):
    assert ctypes.CDLL(None).setns(os.open(path, os.O_RDONLY), 0x40000000) == 0

def pump(one, other):
    try:
        while data := one.recv(65536):
            other.sendall(data)
    except OSError:
        pass
    for end in (one, other):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

at = ("127.0.0.1", int(sys.argv[2]))
enter("/run/netns/" + sys.argv[1])
listener = socket.create_server(at)
enter(f"/proc/{os.getppid()}/ns/net")
print("ready", flush=True)
while True:
    near, _ = listener.accept()
    far = socket.create_connection(at)
    for pair in ((near, far), (far, near)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
"""
"""Listens in the namespace, and connects to the same port outside of it."""


@dataclass(frozen=True)
class Host:
    """`address`: of this machine, as the host sees it."""

    name: str
    address: str

    @property
    def inside(self) -> tuple[str, ...]:
        """What runs a command there."""
        return ("ip", "netns", "exec", self.name)

    def cable(self, state: str) -> None:
        """`down`: nothing comes through any more, and nobody is told. `up`: as before."""
        _ip("-n", self.name, "link", "set", "there", state)


@contextmanager
def apart() -> Iterator[Host | None]:
    """None where this account may not make one."""
    name, net = f"ob{os.getpid()}", f"10.211.{os.getpid() % 250}"
    with ExitStack() as ending:
        try:
            _ip("netns", "add", name)
            ending.callback(_ip, "netns", "delete", name)  # its end of the cable goes with it
            _ip("link", "add", name, "type", "veth", "peer", "name", "there", "netns", name)
        except (OSError, subprocess.CalledProcessError):
            yield None
            return
        _ip("address", "add", f"{net}.1/30", "dev", name)
        _ip("link", "set", name, "up")
        _ip("-n", name, "address", "add", f"{net}.2/30", "dev", "there")
        for device in ("lo", "there"):
            _ip("-n", name, "link", "set", device, "up")
        yield Host(name, f"{net}.1")


@contextmanager
def led_to(url: str, host: Host) -> Iterator[None]:
    """The address on loopback is reached from there too."""
    port = str(urlsplit(url).port)
    command = [sys.executable, "-c", FORWARD, host.name, port]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            process.kill()


def _ip(*arguments: str) -> None:
    program = shutil.which("ip") or "ip"
    subprocess.run([program, *arguments], check=True, stderr=subprocess.DEVNULL)
