package postgres

import (
	"context"
	"crypto/x509"
	"time"

	"latchkey/shared/database"
	"latchkey/shared/inside"
	"latchkey/shared/secrets"
)

// Tokens makes what a role logs in with.
type Tokens interface {
	// Token returns the password of a user at an endpoint (host:port).
	Token(ctx context.Context, endpoint, user string) (secrets.Value, error)
}

// Masters reads master logins.
type Masters interface {
	// Master returns the login in the secret with that ARN.
	Master(ctx context.Context, arn string) (secrets.Credentials, error)
}

// Config is how instances are reached. A zero duration takes its default.
type Config struct {
	Roots *x509.CertPool // that servers' certificates are verified with, names included
	// Domain is what endpoints end in, "eu-central-1.rds.amazonaws.com"; they then
	// begin with the instance's id too. Empty: any endpoint.
	// [RDS guide, Finding the connection information for a DB instance]
	Domain string
	Master string // name of the master user; the secret must agree

	Connect   time.Duration // to connect and log in; default 5 s
	Statement time.Duration // of one statement; default 10 s
	Lock      time.Duration // to wait for a lock; default 5 s
	Pause     time.Duration // between two looks for sessions; default 50 ms
	Looks     int           // for sessions, at most; default 150
}

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		value *time.Duration
		byDef time.Duration
	}{
		{&c.Connect, 5 * time.Second}, {&c.Statement, 10 * time.Second},
		{&c.Lock, 5 * time.Second}, {&c.Pause, 50 * time.Millisecond},
	} {
		if *d.value <= 0 {
			*d.value = d.byDef
		}
	}
	if c.Looks <= 0 {
		c.Looks = 150
	}
	return c
}

// Host is the instances of one Region.
type Host struct {
	cfg     Config
	tokens  Tokens
	masters Masters
	// hook sees every statement before and after it ran; tests let it fail.
	hook func(sql string, done bool) error
}

var (
	_ database.Inside = (*Host)(nil)
	_ inside.Host     = (*Host)(nil)
)

// New returns the instances as cfg reaches them.
func New(cfg Config, tokens Tokens, masters Masters) *Host {
	return &Host{cfg: cfg.withDefaults(), tokens: tokens, masters: masters}
}
