#!/bin/sh
[ "$1" = list ] && { echo "manifest: 2 entries"; exit 0; }
echo "manifest: no entry for $2" >&2
exit 3
