with open("artifacts/report.csv", "w") as out:
    for row in range(500000):
        out.write("%d,error,0\n" % row)
