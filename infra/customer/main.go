// Command customer writes the CloudFormation template that a customer launches
// in its own account: a key for one tenant, and the rules that forward what
// happens to it.
//
//	go run ./infra/customer -platform-account 111122223333 > latchkey-customer.json
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"latchkey/infra/customer/template"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit code: 0, 1 where it failed, 2 for wrong arguments.
func run(args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("customer", flag.ContinueOnError)
	flags.SetOutput(errs)
	var preset template.Preset
	flags.StringVar(&preset.PlatformAccount, "platform-account", "", "account that runs Latchkey; empty: the customer fills it in")
	flags.StringVar(&preset.IntakeBus, "intake-bus", deployment.IntakeBus, "name of the intake bus for this customer")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(errs, "error: %q is not an argument\nhint: give flags only; the template goes to standard output\n", flags.Arg(0))
		return 2
	}
	body, err := template.JSON(preset)
	if err == nil {
		_, err = out.Write(body)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintf(errs, "error: %v\n", err)
	if hint := coded.Hint(err); hint != "" {
		fmt.Fprintf(errs, "hint: %s\n", hint)
	}
	return 1
}
