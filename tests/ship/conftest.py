"""What tests of exports share."""

from tests.ship.warm import warm

__all__ = ["warm"]
