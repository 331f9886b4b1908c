package main

import (
	"io"

	"latchkey/localstack/api"
)

type clockCmd struct {
	Show    clockShowCmd    `cmd:"" help:"Show the virtual time."`
	Advance clockAdvanceCmd `cmd:"" help:"Let virtual time pass, doing all that is due on the way."`
}

type clockShowCmd struct{}

func (c *clockShowCmd) Run(a *app) error {
	clock, err := a.client.Clock(a.ctx)
	if err != nil {
		return err
	}
	return a.printClock(clock)
}

type clockAdvanceCmd struct {
	Duration string `arg:"" help:"90s, 36h, 7d, 1d12h."`
}

func (c *clockAdvanceCmd) Run(a *app) error {
	if _, err := api.ParseDuration(c.Duration); err != nil {
		return err
	}
	clock, err := a.client.Advance(a.ctx, c.Duration)
	if err != nil {
		return err
	}
	return a.printClock(clock)
}

func (a *app) printClock(c api.Clock) error {
	return a.print(c, func(w io.Writer) {
		fields(w, []field{
			{"virtual time", c.Now.UTC().Format("2006-01-02 15:04:05")},
			{"ahead of the wall clock", c.Ahead},
		})
	})
}
