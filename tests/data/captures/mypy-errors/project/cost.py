def cost(kilos: int, rate: float | None) -> str:
    return kilos * 4


def twice(rate: float | None) -> float:
    return rate * 2
