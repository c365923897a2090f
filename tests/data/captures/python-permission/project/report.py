with open("out/report.json", "w") as out:
    out.write("{}")
