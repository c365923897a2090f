def parse_money(text):
    return round(float(text.replace(",", "")), 2)
