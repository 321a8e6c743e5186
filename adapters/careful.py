"""What a tracker answers in a form that nobody expects stops that tracker, and no more."""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sync.tracker import Unavailable

ODD = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What comes of taking data for something that it is not."""
Class = TypeVar("Class", bound=type)


def careful(adapter: Class) -> Class:
    """The adapter's class; where an answer is not as it should be, its verbs raise Unavailable."""
    for name, one in list(vars(adapter).items()):
        if inspect.isfunction(one) and not name.startswith("_"):
            setattr(adapter, name, _guarded(one))
    return adapter


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def verb(self: Any, *args: Any, **kwargs: Any) -> Any:
        with _answered(self.name):
            return method(self, *args, **kwargs)

    @functools.wraps(method)
    def verbs(self: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        with _answered(self.name):
            yield from method(self, *args, **kwargs)

    return verbs if inspect.isgeneratorfunction(method) else verb


@contextmanager
def _answered(name: str) -> Iterator[None]:
    try:
        yield
    except ODD as error:
        at = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(at.filename).name}:{at.lineno}"
        raise Unavailable(
            f"{name}: an answer has an unknown form ({type(error).__name__} at {place}); if it "
            "stays, report this place"
        ) from None
