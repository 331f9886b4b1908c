// Localstack is Latchkey on one machine: `up` runs a whole cell with its state
// in a folder and serves the HTTP API; the other commands talk to it. `attach`
// serves the same API over a deployed cell.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"latchkey/localstack/client"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// cli is the grammar of the command line.
type cli struct {
	JSON bool   `help:"Print JSON instead of tables."`
	URL  string `env:"LATCHKEY_URL" default:"${url}" help:"Address of the stack that 'up' runs, or of the cell that 'attach' serves."`

	Demo  demoCmd  `cmd:"" help:"Tell the whole story on a virtual clock; it needs nothing else."`
	Up    upCmd    `cmd:"" help:"Run the local stack; its state is kept in a folder."`
	Event eventCmd `cmd:"" help:"Put events, list those that went out, print samples."`

	Attach attachCmd `cmd:"" help:"Serve the same over a deployed cell, with your AWS credentials: read-only, but for events and redrives that you ask for."`

	Tenant      tenantCmd      `cmd:"" help:"List or show tenants."`
	Database    databaseCmd    `cmd:"" help:"List or show databases."`
	Key         keyCmd         `cmd:"" help:"List, show and manage customers' keys."`
	Snapshot    snapshotCmd    `cmd:"" help:"List snapshots."`
	Parked      parkedCmd      `cmd:"" help:"List what waits for a person, and why."`
	DeadLetters deadLettersCmd `cmd:"" help:"List the events that no function could take."`
	Impact      impactCmd      `cmd:"" help:"List all that dies with a key."`
	Context     contextCmd     `cmd:"" help:"Ask whether a tenant may be served a product."`
	Clock       clockCmd       `cmd:"" help:"Show or advance the virtual clock."`
	Counts      countsCmd      `cmd:"" help:"Show what was counted since 'up' started."`

	Stack stackCmd `cmd:"" help:"Run the deployed stack: the synthesized template on an emulator of AWS, with the real functions."`

	Usage  usageCmd  `cmd:"" help:"Show what a tenant's keys were used for, by whom, and what is proved."`
	Ledger ledgerCmd `cmd:"" help:"Show who uses which KMS keys, for what."`
}

// app is what a command runs with.
type app struct {
	ctx      context.Context
	json     bool
	url      string
	in       io.Reader
	out, err io.Writer
	client   *client.Client
}

// Exit codes of the process.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

// run runs one command line and returns its exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	var c cli
	done := false
	parser, err := kong.New(&c, kong.Name("localstack"), kong.Writers(out, errOut),
		kong.Description("Latchkey on one machine. Start with `localstack demo`, or with `localstack up` and events of your own."),
		kong.Vars{"url": client.DefaultURL}, kong.Exit(func(int) { done = true }))
	if err != nil {
		printError(errOut, err)
		return exitError
	}
	parsed, err := parser.Parse(args)
	if done {
		return exitOK // --help was printed
	}
	if err != nil {
		printUsage(errOut, err)
		return exitUsage
	}
	a := &app{ctx: ctx, json: c.JSON, url: c.URL, in: in, out: out, err: errOut}
	if a.client, err = client.New(c.URL); err == nil {
		err = parsed.Run(a)
	}
	var told *toldError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &told):
		return exitError
	}
	printError(errOut, err)
	return exitError
}
