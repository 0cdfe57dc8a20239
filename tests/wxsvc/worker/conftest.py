"""The worker is tested beside the web side and a simulator."""

from tests.wxsvc.worker.whole import whole

__all__ = ["whole"]
