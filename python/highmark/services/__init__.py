"""Brokers behind one factory: `ServiceFactory.create_service("paper")`. `network_test.services` gives the same."""

from .factory import ServiceFactory
from .live import LiveService
from .paper import PaperService
from .service import Service

__all__ = ["LiveService", "PaperService", "Service", "ServiceFactory"]
