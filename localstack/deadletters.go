package main

import (
	"fmt"
	"io"

	"latchkey/shared/keyusage/report"
)

type deadLettersCmd struct {
	Redrive bool `help:"Deliver those again whose errors may have passed."`
}

func (c *deadLettersCmd) Run(a *app) error {
	if c.Redrive {
		out, err := a.client.Redrive(a.ctx)
		if err != nil {
			return err
		}
		return a.print(out, func(w io.Writer) {
			fmt.Fprintf(w, "%d delivered again, %d left whose errors will not pass by themselves\n", out.Redriven, out.Left)
		})
	}
	list, err := a.client.DeadLetters(a.ctx)
	if err != nil {
		return err
	}
	return a.print(list, func(w io.Writer) {
		var rows [][]string
		for _, l := range list {
			rows = append(rows, []string{report.Printable(l.Event.ID), report.Printable(l.Event.DetailType), l.Function,
				string(l.Code), fmt.Sprint(l.Receives), report.Printable(l.Error)})
		}
		table(w, "no dead letters", []string{"EVENT", "DETAIL-TYPE", "FUNCTION", "CODE", "DELIVERIES", "ERROR"}, rows)
	})
}
