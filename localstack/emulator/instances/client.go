package instances

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/shared/coded"
)

// Connect logs in to a tenant's database as its application does: with a token
// of its own, over TLS that verifies the instance's name. endpoint is host:port.
func (i *Instances) Connect(ctx context.Context, region, endpoint, user, database string) (*pgx.Conn, error) {
	host, port, err := net.SplitHostPort(endpoint)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	token, err := auth.BuildAuthToken(ctx, endpoint, region, user, credentials.NewStaticCredentialsProvider(application, i.opts.Secret, ""))
	if err != nil {
		return nil, err
	}
	cfg, err := pgx.ParseConfig("host=localhost sslmode=verify-full")
	if err != nil {
		return nil, err
	}
	cfg.Host, cfg.Port, cfg.User, cfg.Password, cfg.Database = host, uint16(number), user, token, database
	cfg.TLSConfig, cfg.Fallbacks = &tls.Config{RootCAs: i.Roots(region), ServerName: host, MinVersion: tls.VersionTLS12}, nil
	cfg.LookupFunc = i.Resolve
	conn, err := pgx.ConnectConfig(ctx, cfg)
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		err = connect.Unwrap() // without the configuration: the token is in there
	}
	return conn, err
}

// Database is a tenant's database in an instance.
type Database struct {
	Instance string // DBInstanceIdentifier
	Name     string
	Role     string // that owns it
	Fenced   bool   // the role may not log in
}

const databasesSQL = `SELECT d.datname, r.rolname, NOT r.rolcanlogin FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
	WHERE d.datname LIKE 't\_%' AND r.rolname LIKE 't\_%' ORDER BY 1`

// Databases returns what is in the servers, by instance and name.
func (i *Instances) Databases(ctx context.Context) ([]Database, error) {
	i.making.Lock()
	servers := make(map[string]func(context.Context, string) (*pgx.Conn, error), len(i.servers))
	for id, s := range i.servers {
		servers[id] = s.Admin
	}
	i.making.Unlock()
	var out []Database
	for id, admin := range servers {
		conn, err := admin(ctx, "postgres")
		if err != nil {
			return nil, coded.Wrap(coded.Internal, err, "looking into %s", id)
		}
		instance, _, _ := strings.Cut(id, ".")
		rows, err := conn.Query(ctx, databasesSQL)
		if err == nil {
			var some []Database
			some, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Database, error) {
				d := Database{Instance: instance}
				return d, row.Scan(&d.Name, &d.Role, &d.Fenced)
			})
			out = append(out, some...)
		}
		_ = conn.Close(ctx) // it has done its work
		if err != nil {
			return nil, coded.Wrap(coded.Internal, err, "looking into %s", id)
		}
	}
	slices.SortFunc(out, func(a, b Database) int { return strings.Compare(a.Instance+"/"+a.Name, b.Instance+"/"+b.Name) })
	return out, nil
}
