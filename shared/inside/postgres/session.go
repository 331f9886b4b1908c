package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/deployment"
	"latchkey/shared/inside"
	"latchkey/shared/secrets"
)

// maintenance is the database that is there in every instance. No tenant can
// connect to it once an instance is bootstrapped.
const maintenance = "postgres"

// closeTimeout bounds the farewell of a connection.
const closeTimeout = time.Second

// session is one connection.
type session struct {
	conn *pgx.Conn
	host *Host
	at   string // for messages: "role@instance"
}

// asFence runs do as the fencing role.
func (h *Host) asFence(ctx context.Context, at database.Login, do func(*session) error) error {
	if err := h.check(at); err != nil {
		return err
	}
	token, err := h.tokens.Token(ctx, at.Endpoint, deployment.FenceRole)
	if err != nil {
		return err
	}
	err = h.as(ctx, at, maintenance, deployment.FenceRole, token, func(s *session, _ context.Context) error { return do(s) })
	if !isRefusedLogin(err) {
		return err
	}
	refused := coded.Wrap(coded.Internal, &refusedRole{err}, "%s cannot log in to %s", deployment.FenceRole, at.InstanceID)
	refused.Hint = "the first preparation of an instance makes the role, given its master secret; if it is there, the policy of the function " +
		deployment.FunctionFence + " must allow rds-db:connect as it"
	return refused
}

// refusedRole is a refused login of the fencing role.
type refusedRole struct{ cause error }

func (r *refusedRole) Error() string   { return r.cause.Error() }
func (r *refusedRole) Unwrap() []error { return []error{inside.ErrNoFenceRole, r.cause} }

// as logs in, runs do and closes the connection.
func (h *Host) as(ctx context.Context, at database.Login, db, user string, password secrets.Value,
	do func(*session, context.Context) error,
) error {
	cfg, err := h.config(at.Endpoint, db, user, password)
	if err != nil {
		return err
	}
	who := user + "@" + at.InstanceID
	connecting, cancel := context.WithTimeout(ctx, h.cfg.Connect)
	defer cancel()
	conn, err := pgx.ConnectConfig(connecting, cfg)
	if err != nil {
		return failed(connectCause(err), who, "connecting to %s", at.Endpoint)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		_ = conn.Close(ctx)
	}()
	return do(&session{conn: conn, host: h, at: who}, ctx)
}

// config returns how to connect: TLS with the server's certificate and name
// verified, and bounds that hold on the server too. What the environment says to
// clients of PostgreSQL is not heard.
func (h *Host) config(endpoint, db, user string, password secrets.Value) (*pgx.ConnConfig, error) {
	host, port, err := net.SplitHostPort(endpoint)
	if err != nil {
		return nil, coded.Wrap(coded.Invalid, err, "reading the endpoint")
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, coded.Wrap(coded.Invalid, err, "reading the endpoint's port")
	}
	cfg, err := pgx.ParseConfig("host=localhost sslmode=verify-full sslnegotiation=postgres target_session_attrs=any")
	if err != nil {
		return nil, coded.New(coded.Internal, "the environment has settings of PostgreSQL clients that are not valid")
	}
	cfg.Host, cfg.Port, cfg.Database, cfg.User, cfg.Password = host, uint16(number), db, user, password.Reveal()
	roots := h.cfg.Roots
	if roots == nil {
		roots = x509.NewCertPool() // no pool would mean the system's
	}
	cfg.TLSConfig = &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12}
	cfg.Fallbacks, cfg.ValidateConnect, cfg.ConnectTimeout = nil, nil, h.cfg.Connect
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	cfg.RuntimeParams = map[string]string{
		"application_name":                    deployment.Name(deployment.FunctionFence),
		"client_encoding":                     "UTF8",
		"client_min_messages":                 "error",
		"search_path":                         "pg_catalog",
		"statement_timeout":                   millis(h.cfg.Statement),
		"lock_timeout":                        millis(h.cfg.Lock),
		"idle_in_transaction_session_timeout": millis(h.cfg.Statement),
	}
	return cfg, nil
}

func millis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// connectCause returns why a connection failed, without the configuration that
// pgx keeps beside it: the password is in there.
func connectCause(err error) error {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return connect.Unwrap()
	}
	return err
}

// exec runs statements, all or none of them.
func (s *session) exec(ctx context.Context, sql string) error {
	if err := s.seen(sql, false); err != nil {
		return err
	}
	ctx, cancel := s.within(ctx)
	defer cancel()
	if _, err := s.conn.Exec(ctx, sql); err != nil {
		return failed(err, s.at, "%s", sql)
	}
	return s.seen(sql, true)
}

// row reads one row; found is false if there is none.
func (s *session) row(ctx context.Context, sql string, args []any, into ...any) (found bool, err error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	err = s.conn.QueryRow(ctx, sql, args...).Scan(into...)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, failed(err, s.at, "looking")
}

// within bounds a statement where the server does not answer at all.
func (s *session) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.host.cfg.Statement+time.Second)
}

func (s *session) seen(sql string, done bool) error {
	if s.host.hook == nil {
		return nil
	}
	return s.host.hook(sql, done)
}

// ident quotes an identifier.
func ident(name string) string { return pgx.Identifier{name}.Sanitize() }
