package main

import (
	"latchkey/localstack/demo"
)

type demoCmd struct {
	Tenants int    `help:"How many tenants sign up; 0: as many as the story needs."`
	Seed    uint64 `default:"1" help:"Seed of all that is drawn."`
}

func (c *demoCmd) Run(a *app) error {
	return demo.Run(a.ctx, demo.Options{Tenants: c.Tenants, Seed: c.Seed, JSON: a.json, Out: a.out})
}
