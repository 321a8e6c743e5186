"""The server's web: webhooks in, health, metrics and a dashboard out. Starlette, run by uvicorn."""

from sync.web.app import UVICORN, application
from sync.web.serving import Serving

__all__ = ["UVICORN", "Serving", "application"]
