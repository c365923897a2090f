import os
import json


def cost(kilos):
    rate = 4
    return kilos * 4
