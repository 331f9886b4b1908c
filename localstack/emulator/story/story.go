// Package story plays commerce and key events through the deployed stack's
// buses, and checks what the functions made of them.
package story

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"latchkey/localstack/emulator"
	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/deployment"
)

// Who and what the story is about.
const (
	Customer = "444455556666" // the account that holds the key
	Stranger = "999988887777" // an account that does not
	Tenant   = "demo-bakery"
	Product  = "tracker"
)

// Options say which Region of the stack the story is played in.
type Options struct {
	Region string
	Out    io.Writer
}

// teller plays the story and keeps what was not as designed.
type teller struct {
	ctx    context.Context
	stack  *emulator.Stack
	region *emulator.Region
	opts   Options
	key    string
	wrong  []string

	login   login     // of the tenant's application
	app     *pgx.Conn // its open session; nil without PostgreSQL
	unwatch func()    // ends what the session is doing
	fenced  bool
}

// Run plays the story. It returns coded.Internal if anything was not as
// designed, and tells what.
func Run(ctx context.Context, s *emulator.Stack, o Options) error {
	t := &teller{ctx: ctx, stack: s, region: s.Regions[o.Region], opts: o}
	if t.region == nil {
		return coded.Field("region", "give a Region of the stack", "nothing runs in %q", o.Region)
	}
	defer t.hangUp()
	for _, chapter := range []struct {
		title string
		play  func() error
	}{
		{"A customer makes a key, signs up and buys a product", t.signUp},
		{"Somebody else's account says that the key was disabled", t.stranger},
		{"The customer disables the key", t.revoke},
		{"The customer enables it again", t.wayBack},
		{"A broken event arrives among good ones", t.poison},
	} {
		t.say("\n%s\n", chapter.title)
		if err := chapter.play(); err != nil {
			return err
		}
	}
	t.calls()
	if len(t.wrong) > 0 {
		return coded.New(coded.Internal, "%d of the story's checks failed: %v", len(t.wrong), t.wrong)
	}
	t.say("\nall as designed\n")
	return nil
}

func (t *teller) say(format string, args ...any) {
	_, _ = fmt.Fprintf(t.opts.Out, format, args...) // a reader that has gone does not change the story
}

// check tells whether something is as designed.
func (t *teller) check(ok bool, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	verdict := "ok   "
	if !ok {
		verdict = "WRONG"
		t.wrong = append(t.wrong, what)
	}
	t.say("  %s  %s\n", verdict, what)
}

// maxRounds bounds how often the schedules run until something is so.
const maxRounds = 12

// until lets all happen that is due until done.
func (t *teller) until(what string, done func() (bool, error)) error {
	for range maxRounds {
		if err := t.stack.Settle(t.ctx); err != nil {
			return err
		}
		ok, err := done()
		if ok || err != nil {
			return err
		}
		if err := t.stack.Tick(t.ctx, deployment.FunctionProbeKeys, deployment.FunctionSweep); err != nil {
			t.say("         %v\n", err)
		}
	}
	t.check(false, "%s: not within %d minutes' worth of schedules", what, maxRounds)
	return nil
}

// instance is the name of the story's instance.
func instance() string { return database.InstanceName(database.ID(Tenant, Product, 1), 0) }
