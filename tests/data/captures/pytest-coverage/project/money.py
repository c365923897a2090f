def cents(amount):
    if amount < 0:
        sign = "-"
        amount = -amount
        return sign + str(amount * 100)
    return str(amount * 100)
