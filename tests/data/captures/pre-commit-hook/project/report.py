def report(rows):
    print("DEBUG", rows)
    return len(rows)
