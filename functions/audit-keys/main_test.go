package main

import (
	"testing"

	"latchkey/events"
	"latchkey/shared/function/functiontest"
)

func TestVariables(t *testing.T) { functiontest.Variables(t, events.FunctionAuditKeys, build) }
