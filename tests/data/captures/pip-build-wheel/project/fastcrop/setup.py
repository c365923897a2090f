from setuptools import Extension, setup

setup(
    name="fastcrop",
    version="0.3.1",
    ext_modules=[Extension("fastcrop", ["fastcrop.c"])],
)
