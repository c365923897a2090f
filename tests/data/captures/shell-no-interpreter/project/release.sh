#!/usr/local/bin/acme-sh
echo release
