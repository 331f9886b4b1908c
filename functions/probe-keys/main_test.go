package main

import (
	"testing"

	"latchkey/shared/deployment"
	"latchkey/shared/function/functiontest"
)

func TestVariables(t *testing.T) { functiontest.Variables(t, deployment.FunctionProbeKeys, build) }
