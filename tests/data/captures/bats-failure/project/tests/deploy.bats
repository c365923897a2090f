version() { echo "deploy 1.4"; }

@test "error without a stage" {
	run false
	[ "$status" -eq 1 ]
}

@test "version is printed" {
	run version
	[ "$output" = "deploy 1.5" ]
}
