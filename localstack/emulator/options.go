package emulator

import (
	"log/slog"
	"time"

	"latchkey/localstack/emulator/runtime"
	"latchkey/localstack/emulator/template"
)

// Options say what to bring up. A zero field takes its default.
type Options struct {
	Root     string   // folder of go.mod; default: found from the working directory upward
	Assembly string   // cloud assembly; default: synthesized by `go run ./infra`, which needs Node
	Regions  []string // whose stacks are brought up; default: all of the assembly
	Endpoint string   // of the emulator; default: see package moto
	// Binaries is a folder with each function's binary for this machine; default:
	// built from source. Where PostgreSQL is, fence is built in any case.
	Binaries string
	// Redeliver is when a message that failed comes again; nil: after the queue's
	// visibility timeout, as on AWS, which is minutes.
	Redeliver *time.Duration
	// Change may change a stack's template before it is deployed, to show that a
	// mistake in it is found.
	Change func(stack string, d template.Document)
	OnLine func(runtime.Line) // is told of each line that a function logs
	Log    *slog.Logger       // default: nothing is logged
	Tell   func(format string, args ...any)
}

func (o Options) withDefaults() (Options, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Tell == nil {
		o.Tell = func(string, ...any) {}
	}
	if o.Root == "" {
		root, err := findRoot()
		if err != nil {
			return o, err
		}
		o.Root = root
	}
	return o, nil
}
