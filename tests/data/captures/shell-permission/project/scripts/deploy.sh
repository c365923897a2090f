#!/bin/sh
echo deploying to "$1"
