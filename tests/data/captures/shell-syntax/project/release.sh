#!/bin/bash
for stage in staging production; do
	if [ "$stage" = production ]; then
		echo "production"
done
