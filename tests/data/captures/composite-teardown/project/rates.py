RATES = {"date": "2024-03-01", "eur": 1.08}
