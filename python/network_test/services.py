"""Brokers behind one factory, under the original's name."""

from highmark.services import LiveService, PaperService, Service, ServiceFactory

__all__ = ["LiveService", "PaperService", "Service", "ServiceFactory"]
