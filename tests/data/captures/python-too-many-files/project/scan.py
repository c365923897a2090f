files = []
for number in range(64):
    files.append(open(__file__))
