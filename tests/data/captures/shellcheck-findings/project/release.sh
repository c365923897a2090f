#!/bin/sh
target=$1
rm -rf $target/old
cd "$target"
