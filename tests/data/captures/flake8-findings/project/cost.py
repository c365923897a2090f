import os
import json


def cost(kilos):
    if kilos == None:
        return 0
    return kilos * zone.rate
