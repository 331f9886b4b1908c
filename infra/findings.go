package main

import (
	"fmt"
	"io"

	"github.com/aws/aws-cdk-go/awscdk/v2/cxapi"

	"latchkey/shared/coded"
)

// findings prints what the checks say of the stacks, and returns coded.Invalid
// if there is an error among it. The CLI refuses such an assembly by itself.
func findings(assembly cxapi.CloudAssembly, out io.Writer) error {
	errors := 0
	for _, stack := range *assembly.Stacks() {
		for _, m := range *stack.Messages() {
			fmt.Fprintf(out, "%s: %s: %v\n", m.Level, *m.Id, m.Entry.Data)
			if m.Level == cxapi.SynthesisMessageLevel_ERROR {
				errors++
			}
		}
	}
	if errors > 0 {
		return coded.Field("stacks", "mend what is found, or accept it where it is made (parts.Accept) with its reason", "%d findings", errors)
	}
	return nil
}
