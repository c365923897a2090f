import os
import sys


def settings():
    return {"stage": sys.argv[2], "api": os.environ["SHIP_API_URL"]}


def main():
    print("deploy: reading the settings", flush=True)
    print("deploy:", settings())


if __name__ == "__main__":
    main()
