TAX_PERCENT = 20


def total(lines, discount=0):
    net = sum(price * count for price, count in lines)
    return round(net * (100 - discount) / 100, 2)


def number(year, serial):
    return f"INV-{year}-{serial}"
