package api

import "testing"

func TestFailureIsLogged(t *testing.T) { t.Log("ERROR: expected failure, connection refused") }
