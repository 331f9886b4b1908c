package instances

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/shared/coded"
	"latchkey/shared/inside/postgrestest"
)

// fleet is instances by Region and id.
type fleet map[string]Instance

func (f fleet) Instance(_ context.Context, region, id string) (Instance, error) {
	in, ok := f[region+"/"+id]
	if !ok {
		return in, coded.New(coded.NotFound, "no instance %s", id)
	}
	return in, nil
}

const (
	home    = "eu-central-1"
	address = "lk-a.x.eu-central-1.rds.amazonaws.com"
	stopped = "lk-s.x.eu-central-1.rds.amazonaws.com"
	secret  = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1-AbCdEf"
)

// front is one running instance with roles, as clients see it.
type front struct {
	*testing.T
	*Instances
}

func newFront(t *testing.T) *front {
	postgrestest.Require(t)
	f := &front{t, play(t, Options{
		Regions: []string{home, "us-east-1"}, Account: "123456789012", Secret: "local",
		Logins: map[string][]string{"role-of-fence": {"arn:aws:rds-db:eu-central-1:123456789012:dbuser:*/fencer"}},
		Fleet: fleet{
			home + "/lk-a": {Address: address, ResourceID: "db-A", Running: true, Secret: secret},
			home + "/lk-s": {Address: stopped, ResourceID: "db-S"},
		},
	})}
	conn, err := f.connect(address, home, Master, f.Master(secret).Password.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	_, err = conn.Exec(context.Background(), "CREATE ROLE fencer LOGIN; GRANT rds_iam TO fencer; CREATE ROLE t_a LOGIN; GRANT rds_iam TO t_a; "+
		"CREATE ROLE t_off NOLOGIN; GRANT rds_iam TO t_off; CREATE ROLE plain LOGIN PASSWORD 'x'")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *front) connect(host, region, user, password string) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cfg, err := pgx.ParseConfig("host=localhost sslmode=verify-full")
	if err != nil {
		return nil, err
	}
	cfg.Host, cfg.Port, cfg.User, cfg.Password, cfg.Database = host, uint16(f.Port()), user, password, "postgres"
	cfg.TLSConfig, cfg.Fallbacks = &tls.Config{RootCAs: f.Roots(region), ServerName: host, MinVersion: tls.VersionTLS12}, nil
	cfg.LookupFunc = f.Resolve
	return pgx.ConnectConfig(ctx, cfg)
}

func (f *front) token(user, accessKey string) string {
	f.Helper()
	s, err := auth.BuildAuthToken(context.Background(), net.JoinHostPort(address, strconv.Itoa(f.Port())), home, user,
		credentials.NewStaticCredentialsProvider(accessKey, "local", ""))
	if err != nil {
		f.Fatal(err)
	}
	return s
}

// TestInstances_Login says who is let in with what.
func TestInstances_Login(t *testing.T) {
	f := newFront(t)
	for _, c := range []struct{ name, user, password, want string }{
		{"the master with its secret", Master, f.Master(secret).Password.Reveal(), ""},
		{"the master with that of another instance", Master, f.Master(secret + "2").Password.Reveal(), codeBadPassword},
		{"the master without", Master, "", codeBadPassword},
		{"a member of rds_iam with its token", "fencer", f.token("fencer", "role-of-fence"), ""},
		{"with a token of a role that may not", "fencer", f.token("fencer", "role-of-advance"), codeRefused},
		{"with a token of another user", "fencer", f.token("t_a", "role-of-fence"), codeRefused},
		{"another user than the role may be", "t_a", f.token("t_a", "role-of-fence"), codeRefused},
		{"an application", "t_a", f.token("t_a", application), ""},
		{"an application as fence", "fencer", f.token("fencer", application), codeRefused},
		{"with a password", "fencer", "secret", codeRefused},
		{"who may not log in", "t_off", f.token("t_off", application), codeRefused},
		{"who is no member", "plain", f.token("plain", "role-of-fence"), codeBadPassword},
		{"who is no member, with a password", "plain", "x", codeBadPassword},
		{"who is not there", "nobody", f.token("nobody", "role-of-fence"), codeBadPassword},
		{"the superuser", "rdsadmin", "", codeRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := f.connect(address, home, c.user, c.password)
			var pg *pgconn.PgError
			if errors.As(err, &pg) && pg.Code != c.want || err == nil != (c.want == "") || err != nil && pg == nil {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if err != nil {
				return
			}
			defer conn.Close(context.Background())
			var user string
			var encrypted bool
			row := conn.QueryRow(context.Background(), "SELECT current_user::text, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
			if err := row.Scan(&user, &encrypted); err != nil || user != c.user || !encrypted {
				t.Errorf("a session of %q, encrypted: %t; %v", user, encrypted, err)
			}
		})
	}
}

// TestInstances_Reach says where nobody gets as far as a login.
func TestInstances_Reach(t *testing.T) {
	f := newFront(t)
	password := f.Master(secret).Password.Reveal()
	for _, c := range []struct{ name, host, region string }{
		{"one that is stopped", stopped, home},
		{"one that is not there", "lk-b.x.eu-central-1.rds.amazonaws.com", home},
		{"by another name", "lk-a.y.eu-central-1.rds.amazonaws.com", home},
		{"in a Region without a stack", "lk-a.x.ap-south-1.rds.amazonaws.com", home},
		{"with another Region's authority", address, "us-east-1"},
		{"without a name", "127.0.0.1", home},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := f.connect(c.host, c.region, Master, password)
			var pg *pgconn.PgError
			if err == nil || errors.As(err, &pg) {
				t.Errorf("got %v", err)
			}
		})
	}
	plain, err := pgx.Connect(context.Background(), "host=127.0.0.1 sslmode=disable user=latchkey password="+password+" port="+strconv.Itoa(f.Port()))
	if err == nil {
		_ = plain.Close(context.Background())
	}
	if err == nil || !strings.Contains(err.Error(), "no encryption") {
		t.Errorf("without TLS: %v", err)
	}
}

// TestInstances_Cancel cancels a query through the front.
func TestInstances_Cancel(t *testing.T) {
	f := newFront(t)
	conn, err := f.connect(address, home, "t_a", f.token("t_a", application))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	ended := make(chan error, 1)
	go func() {
		_, err := conn.Exec(context.Background(), "SELECT pg_sleep(300)")
		ended <- err
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond) // the query may not have begun
	defer again.Stop()
	for {
		if err := conn.PgConn().CancelRequest(ctx); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-ended:
			var pg *pgconn.PgError
			if !errors.As(err, &pg) || pg.Code != "57014" {
				t.Errorf("got %v", err)
			}
			return
		case <-ctx.Done():
			t.Fatal("it was never canceled")
		case <-again.C:
		}
	}
}
