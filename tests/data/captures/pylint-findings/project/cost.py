"""Costs."""

import os


def cost(kilos):
    """The cost."""
    return kilos * zone.rate
