package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"context"

	"latchkey/localstack/server"
	"latchkey/localstack/stack"
	"latchkey/shared/coded"
)

type upCmd struct {
	Dir     string        `default:".latchkey" help:"Folder of the state; made if it is not there."`
	Listen  string        `default:"127.0.0.1:7420" help:"Address to serve the HTTP API at; port 0 takes a free one."`
	Regions []string      `help:"Regions to serve, the first being home. New folders: eu-central-1,us-east-1."`
	Account string        `help:"The platform's AWS account, 12 digits. New folders: 111122223333."`
	Seed    uint64        `help:"Seed of all that the twins of AWS draw. New folders: 1."`
	Speed   float64       `default:"1" help:"How fast virtual time passes against the wall clock, 0.1 to 100000."`
	KMSLag  time.Duration `name:"kms-lag" default:"0s" help:"The longest that KMS takes to show a change everywhere; AWS: up to 5m."`
	Sync    bool          `help:"Wait for the disk at every change: safe against a loss of power too, and much slower to advance. A kill is safe either way."`
}

// running is what the folder says of the process that has it open.
type running struct {
	PID int    `json:"pid"`
	URL string `json:"url"`
}

func (c *upCmd) Run(a *app) (err error) {
	if c.Speed < 0.1 || c.Speed > 100_000 {
		return coded.Field("speed", "give 0.1 … 100000", "%g is out of range", c.Speed)
	}
	if c.KMSLag < 0 || c.KMSLag > 5*time.Minute {
		return coded.Field("kms-lag", "give 0s … 5m", "%s is out of range", c.KMSLag)
	}
	log := slog.New(slog.NewTextHandler(a.err, nil))
	s, err := stack.Open(a.ctx, stack.Options{
		Dir: c.Dir, Settings: stack.Settings{Account: c.Account, Regions: c.Regions, Seed: c.Seed},
		Speed: c.Speed, KMSLag: c.KMSLag, Sync: c.Sync, Log: log,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		e := coded.Wrap(coded.Conflict, err, "listening on %s", c.Listen)
		e.Hint = "name another address with --listen; 127.0.0.1:0 takes a free port"
		return e
	}
	url := "http://" + listener.Addr().String()
	if err := c.announce(a, url); err != nil {
		return errors.Join(err, listener.Close())
	}
	defer os.Remove(c.runningFile())
	return serve(a.ctx, s, listener, log)
}

// serve lets time pass and answers requests until ctx ends.
func serve(ctx context.Context, s *stack.Stack, l net.Listener, log *slog.Logger) error {
	passing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wait sync.WaitGroup
	wait.Add(1)
	go func() {
		defer wait.Done()
		s.Run(passing)
	}()
	err := server.New(s, log).Serve(ctx, l)
	stop()
	wait.Wait()
	return err
}

func (c *upCmd) runningFile() string { return filepath.Join(c.Dir, "up.json") }

// announce says where the stack is, to people and in the folder.
func (c *upCmd) announce(a *app, url string) error {
	body, err := json.Marshal(running{PID: os.Getpid(), URL: url})
	if err != nil {
		return err
	}
	draft := c.runningFile() + ".new"
	if err := os.WriteFile(draft, append(body, '\n'), 0o600); err != nil {
		return coded.Wrap(coded.Internal, err, "writing %s", draft)
	}
	if err := os.Rename(draft, c.runningFile()); err != nil {
		return coded.Wrap(coded.Internal, err, "writing %s", c.runningFile())
	}
	if a.json {
		_, err = a.out.Write(append(body, '\n'))
		return err
	}
	export := ""
	if c.Listen != "127.0.0.1:7420" {
		export = fmt.Sprintf("  export LATCHKEY_URL=%s\n", url)
	}
	fmt.Fprintf(a.out, `Latchkey listens at %s
State is kept in    %s (stop with Ctrl-C; starting again goes on where it stopped)
Try, in another terminal:
%s  go run ./localstack event sample tenant-created.shared | go run ./localstack event put -
  go run ./localstack clock advance 1h
  go run ./localstack tenant list
`, url, c.Dir, export)
	return nil
}
