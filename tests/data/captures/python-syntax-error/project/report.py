def report(rows):
    for name, count in rows
        print(name, count)


report([("a", 1)])
