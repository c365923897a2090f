ZONES = {"EU": 4.5, "UK": 6.0}


def rate(zone, kilos):
    return ZONES[zone] * kilos
