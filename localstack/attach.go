package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"sync"

	"latchkey/localstack/deployed"
	"latchkey/localstack/server"
	"latchkey/shared/aws/awsclient"
	"latchkey/shared/coded"
)

type attachCmd struct {
	Region string `placeholder:"REGION" help:"Region of the cell; without it, that of your AWS configuration."`
	Port   int    `default:"7421" help:"Port of this machine (127.0.0.1) to serve the HTTP API at; 0 takes a free one."`
}

// attached is what `attach --json` prints first.
type attached struct {
	PID     int    `json:"pid"`
	URL     string `json:"url"`
	Account string `json:"account"`
	Region  string `json:"region"`
}

// Run serves the HTTP API over a deployed cell until the context ends.
func (c *attachCmd) Run(a *app) error {
	if c.Port < 0 || c.Port > 65535 {
		return coded.Field("port", "give 0 … 65535", "%d is out of range", c.Port)
	}
	log := slog.New(slog.NewTextHandler(a.err, nil))
	cfg, err := awsclient.Load(a.ctx, awsclient.Options{Region: c.Region})
	if err != nil {
		return err
	}
	cell, err := deployed.Open(a.ctx, cfg, deployed.Options{Log: log, Say: a.sayer()})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(c.Port)))
	if err != nil {
		e := coded.Wrap(coded.Conflict, err, "listening on port %d", c.Port)
		e.Hint = "name another one with --port; 0 takes a free one"
		return e
	}
	secret, err := newSecret()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	health := cell.Health()
	is := attached{os.Getpid(), "http://" + listener.Addr().String() + "/" + secret, health.Account, cfg.Region}
	if err := a.print(is, func(w io.Writer) { printAttached(w, is) }); err != nil {
		return errors.Join(err, listener.Close())
	}
	return server.NewDeployed(cell, secret, log).Serve(a.ctx, listener)
}

// sayer tells of changes, one line each: to whoever reads the standard output,
// or beside the JSON there.
func (a *app) sayer() func(string, ...any) {
	out := a.out
	if a.json {
		out = a.err
	}
	var one sync.Mutex
	return func(format string, args ...any) {
		one.Lock()
		defer one.Unlock()
		fmt.Fprintf(out, format+"\n", args...)
	}
}

// newSecret returns what nobody guesses, for a path.
func newSecret() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", coded.Wrap(coded.Internal, err, "making the address")
	}
	return hex.EncodeToString(b[:]), nil
}

func printAttached(w io.Writer, is attached) {
	fmt.Fprintf(w, `Attached to the cell in %s of account %s, until Ctrl-C. It is read; each change is told here before it is made.
In another terminal:
  export LATCHKEY_URL=%s
  go run ./localstack parked
  go run ./localstack tenant list
`, is.Region, is.Account, is.URL)
}
