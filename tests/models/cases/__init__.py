"""The cases: what a model or its server does, and what the binary must make of it.

Each takes the world and the way to the model, runs the binary, and says by must() and Ran's own words what has to hold;
it gives the run that the table tells of.
"""

from cases import proxy, servers, models, reports
from cases.common import CASES

__all__ = ["CASES", "models", "proxy", "reports", "servers"]
