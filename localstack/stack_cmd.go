package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"latchkey/localstack/emulator"
	"latchkey/localstack/emulator/proxy"
	"latchkey/localstack/emulator/runtime"
	"latchkey/localstack/emulator/story"
	"latchkey/localstack/emulator/template"
)

// stackCmd is the deployed stack on an emulator of AWS.
type stackCmd struct {
	Up   stackUpCmd   `cmd:"" default:"withargs" help:"Deploy the synthesized template to an emulator and run the real functions, until Ctrl-C."`
	Demo stackDemoCmd `cmd:"" help:"Deploy it, play commerce and key events through it, and check what comes of them."`
}

// stackFlags are common to both commands.
type stackFlags struct {
	Assembly string   `placeholder:"DIR" help:"Cloud assembly to deploy. Without it, 'go run ./infra' makes one, which needs Node."`
	Regions  []string `default:"eu-central-1" help:"Regions whose stacks are deployed; they must be in the context of cdk.json."`
	Verbose  bool     `short:"v" help:"Print the functions' logs, and what feeds and proxy do."`
}

// options are those of the flags; redeliver is when a failed message comes again.
func (f stackFlags) options(a *app, redeliver time.Duration) emulator.Options {
	o := emulator.Options{
		Assembly: f.Assembly, Regions: f.Regions, Redeliver: &redeliver,
		Tell: func(format string, args ...any) { fmt.Fprintf(a.err, format+"\n", args...) },
	}
	level := slog.LevelWarn
	if f.Verbose {
		level = slog.LevelDebug
		o.OnLine = func(l runtime.Line) { fmt.Fprintf(a.err, "%s %s: %s\n", l.Region, l.Function, l.Text) }
	}
	o.Log = slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: level}))
	return o
}

type stackUpCmd struct {
	stackFlags
	Rewrites  bool          `help:"Print what of the template and of the emulator's answers is changed, and why; deploy nothing."`
	Redeliver time.Duration `default:"5s" help:"When a message that failed comes again; on AWS it is the queue's visibility timeout, which is minutes."`
}

// Run brings the stack up and keeps it running until the context ends.
func (c *stackUpCmd) Run(a *app) error {
	if c.Rewrites {
		return a.printRewrites()
	}
	s, err := emulator.Up(a.ctx, c.options(a, c.Redeliver))
	if err != nil {
		return err
	}
	defer s.Close()
	if err := a.print(runningOf(s), func(w io.Writer) { printRunning(w, s) }); err != nil {
		return err
	}
	s.Run(a.ctx)
	return nil
}

type stackDemoCmd struct{ stackFlags }

// Run plays the story; it fails if anything was not as designed.
func (c *stackDemoCmd) Run(a *app) error {
	ctx, cancel := context.WithTimeout(a.ctx, 15*time.Minute)
	defer cancel()
	s, err := emulator.Up(ctx, c.options(a, 0))
	if err != nil {
		return err
	}
	defer s.Close()
	printRunning(a.out, s)
	return story.Run(ctx, s, story.Options{Region: c.Regions[0], Out: a.out})
}

// rewrite is a line of `stack --rewrites`.
type rewrite struct {
	Name   string `json:"name"`
	When   string `json:"when"`
	Reason string `json:"reason"`
}

func (a *app) printRewrites() error {
	var list []rewrite
	for _, r := range template.Rewrites() {
		list = append(list, rewrite{r.Name, "before deploying", r.Reason})
	}
	for _, r := range template.Repairs() {
		list = append(list, rewrite{r.Name, "after deploying", r.Reason})
	}
	for _, r := range proxy.Rewrites() {
		list = append(list, rewrite{r.Name, "in answers, with PostgreSQL", r.Reason})
	}
	return a.print(list, func(w io.Writer) {
		var rows [][]string
		for _, r := range list {
			rows = append(rows, []string{r.Name, r.When, r.Reason})
		}
		table(w, "none", []string{"REWRITE", "WHEN", "REASON"}, rows)
		fmt.Fprintln(w, "\nTypes that the emulator takes and makes nothing of:")
		for _, t := range template.IgnoredTypes() {
			fmt.Fprintln(w, "  "+t)
		}
	})
}
