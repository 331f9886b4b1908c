package postgres

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/inside"
	"latchkey/shared/inside/rdsca"
	"latchkey/shared/secrets"
)

// planted is a token that must show nowhere.
const planted = "planted-t0ken"

type plantedTokens struct{}

func (plantedTokens) Token(context.Context, string, string) (secrets.Value, error) {
	return secrets.NewValue(planted), nil
}

// hides fails the test where an error shows the token.
func hides(t *testing.T, err error) {
	t.Helper()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Error("failed", "err", err)
	for e := err; e != nil; e = errors.Unwrap(e) {
		fmt.Fprintf(&log, "%v %+v %#v %q ", e, e, e, e)
		text, _ := json.Marshal(e) // not every error can be
		log.Write(text)
	}
	if strings.Contains(log.String(), planted) {
		t.Errorf("the token shows: %s", log.String())
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		t.Error("the error carries the configuration, password and all")
	}
}

// TestHost_Config_environment holds that nothing in the environment weakens a connection.
func TestHost_Config_environment(t *testing.T) {
	for name, value := range map[string]string{"PGHOST": "elsewhere", "PGPORT": "1", "PGUSER": "rdsadmin", "PGPASSWORD": "x", "PGDATABASE": "x",
		"PGSSLMODE": "disable", "PGOPTIONS": "-c search_path=public", "PGTARGETSESSIONATTRS": "standby", "PGAPPNAME": "x", "PGSSLNEGOTIATION": "direct"} {
		t.Setenv(name, value)
	}
	h := New(Config{}, nil, nil)
	cfg, err := h.config("host.example:5432", "db", "user", secrets.NewValue(planted))
	must(t, err)
	if cfg.Host != "host.example" || cfg.Port != 5432 || cfg.Database != "db" || cfg.User != "user" || cfg.Password != planted {
		t.Errorf("connects to %s:%d, %s as %s", cfg.Host, cfg.Port, cfg.Database, cfg.User)
	}
	if c := cfg.TLSConfig; c == nil || c.InsecureSkipVerify || c.ServerName != "host.example" || !c.RootCAs.Equal(x509.NewCertPool()) || c.MinVersion < tls.VersionTLS12 || c.VerifyConnection != nil {
		t.Errorf("TLS %+v", c)
	}
	if len(cfg.Fallbacks) != 0 || cfg.ValidateConnect != nil || cfg.SSLNegotiation != "postgres" || cfg.RuntimeParams["search_path"] != "pg_catalog" || cfg.RuntimeParams["options"] != "" {
		t.Errorf("fallbacks %v, parameters %v", cfg.Fallbacks, cfg.RuntimeParams)
	}
}

// TestHost_TLS refuses servers that are not who they should be.
func TestHost_TLS(t *testing.T) {
	w := bootstrapped(t)
	_, port, err := net.SplitHostPort(w.Endpoint)
	must(t, err)
	aws, err := rdsca.Pool("eu-central-1")
	must(t, err)
	for _, c := range []struct {
		name     string
		cfg      Config
		endpoint string
	}{
		{"another authority", Config{Roots: aws}, w.Endpoint},
		{"no authority", Config{}, w.Endpoint},
		{"another name", Config{Roots: w.Roots}, net.JoinHostPort("127.0.0.1", port)},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := database.Login{InstanceID: "lk-a", Endpoint: c.endpoint, Database: "t_a", Role: "t_a"}
			err := New(c.cfg, plantedTokens{}, nil).Fence(context.Background(), at)
			var certificate *tls.CertificateVerificationError
			if wantCode(t, err, coded.Internal); !errors.As(err, &certificate) || coded.Hint(err) != certificateHint {
				t.Errorf("got %v", err)
			}
			hides(t, err)
		})
	}
	wrong := New(Config{Roots: w.Roots}, plantedTokens{}, nil).Fence(context.Background(), w.at("t_a"))
	refusedFence(t, wrong)
	hides(t, wrong)
	hides(t, inside.Handle(context.Background(), New(Config{Roots: w.Roots}, plantedTokens{}, nil),
		inside.Request{Op: inside.OpFence, Login: inside.LoginAt(w.at("t_a"))}).Err())
}

// serve answers connections with handle until the test ends.
func serve(t *testing.T, handle func(net.Conn)) (endpoint string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer conn.Close(); handle(conn) }()
		}
	}()
	return l.Addr().String()
}

// TestHost_TLS_plaintext refuses a server without TLS before it has heard anything.
func TestHost_TLS_plaintext(t *testing.T) {
	heard := make(chan int64, 1)
	endpoint := serve(t, func(conn net.Conn) {
		_, _ = io.CopyN(io.Discard, conn, 8) // the request for TLS
		_, _ = conn.Write([]byte("N"))
		n, _ := io.Copy(io.Discard, conn)
		heard <- n
	})
	err := New(Config{}, plantedTokens{}, nil).Fence(context.Background(), database.Login{InstanceID: "lk-a", Endpoint: endpoint, Database: "t_a", Role: "t_a"})
	wantCode(t, err, coded.Internal)
	hides(t, err)
	if n := <-heard; n != 0 {
		t.Errorf("it was told %d bytes", n)
	}
}

// TestHost_Unreachable tells servers that may answer later from the rest.
func TestHost_Unreachable(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, gone.Close())
	for name, endpoint := range map[string]string{
		"refused": gone.Addr().String(),
		"silent":  serve(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }),
		"closes":  serve(t, func(net.Conn) {}),
		"no name": "lk-a.invalid:5432",
	} {
		t.Run(name, func(t *testing.T) {
			h := New(Config{Connect: 200 * time.Millisecond}, plantedTokens{}, nil)
			err := h.Fence(context.Background(), database.Login{InstanceID: "lk-a", Endpoint: endpoint, Database: "t_a", Role: "t_a"})
			wantCode(t, err, coded.Retryable)
			hides(t, err)
		})
	}
}

func TestIAM_Token(t *testing.T) {
	tokens := IAM("eu-central-1", credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secretkey", "session"))
	token, err := tokens.Token(context.Background(), "lk-a.abc.eu-central-1.rds.amazonaws.com:5432", "latchkey_fence")
	must(t, err)
	for _, part := range []string{"lk-a.abc.eu-central-1.rds.amazonaws.com:5432?Action=connect&DBUser=latchkey_fence", "X-Amz-Expires=900", "eu-central-1%2Frds-db%2Faws4_request"} {
		if !strings.Contains(token.Reveal(), part) {
			t.Errorf("no %s in %s", part, token.Reveal())
		}
	}
	if _, err := tokens.Token(context.Background(), "no-port", "latchkey_fence"); err == nil {
		t.Error("an endpoint without a port")
	}
}
