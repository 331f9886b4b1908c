// Command infra is the CDK app: it synthesizes the entry and a cell for each
// Region into a cloud assembly. The CDK's CLI runs it, as cdk.json says; with
// -out it needs neither CLI nor AWS account, only Node.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/assets"
	_ "latchkey/infra/quiet"
	"latchkey/infra/settings"
	"latchkey/shared/coded"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stderr)
	jsii.Close()
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			explain(os.Stderr, err)
		}
		os.Exit(1)
	}
}

// run synthesizes as the arguments say.
func run(ctx context.Context, args []string, out io.Writer) error {
	opts := options{root: ".", file: "cdk.json", set: map[string]any{}}
	flags := flag.NewFlagSet("infra", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&opts.out, "out", "", "folder of the cloud assembly; default: where the CDK's CLI wants it, or cdk.out")
	flags.StringVar(&opts.assets, "assets", assets.Build, "build: the functions' binaries; placeholder: files in their place, for tests of the template")
	flags.StringVar(&opts.file, "config", opts.file, "file with the context, in the form of cdk.json; the CLI gives its own")
	flags.Func("c", "key=value of the context, over the file's; may be given more than once", func(s string) error {
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			return errors.New("give key=value")
		}
		opts.set[key] = value
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return coded.Field("arguments", "give flags only: see -h", "%q is not a flag", flags.Arg(0))
	}
	if err := assets.Check(opts.assets); err != nil {
		return err
	}
	return synth(ctx, opts, out)
}

// explain prints every problem with its hint.
func explain(w io.Writer, err error) {
	for _, problem := range settings.Problems(err) {
		fmt.Fprintf(w, "error: %v\n", problem)
		if hint := coded.Hint(problem); hint != "" {
			fmt.Fprintf(w, "hint: %s\n", hint)
		}
	}
}
