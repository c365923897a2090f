import pathlib

folder = pathlib.Path("gen")
folder.mkdir()
for number in range(140):
    body = f"#warning unit {number} has no tests\n" if number % 10 == 3 else ""
    body += f"int unit_{number:03}(int error) {{ return error + {number}; }}\n"
    if number == 7:
        body += "int unit_007(int error) { return error; }\n"
    (folder / f"unit_{number:03}.c").write_text(body)
print("generated 140 units")
