package pgcluster

import (
	"context"
	"crypto/tls"
	"net"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// As returns how to reach the server as a user, with a certificate for it.
func (s *Server) As(user string) (*tls.Config, error) {
	cert, err := s.Authority.Client(user)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		RootCAs: s.Authority.Pool(), ServerName: Host, MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert},
	}, nil
}

// Connect logs in. Without secure it is TLS that verifies the server, and the
// password tells who comes.
func (s *Server) Connect(ctx context.Context, secure *tls.Config, user, password, database string) (*pgx.Conn, error) {
	cfg, err := pgx.ParseConfig("host=localhost sslmode=verify-full")
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(s.Endpoint)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	if secure == nil {
		secure = &tls.Config{RootCAs: s.Authority.Pool(), ServerName: host, MinVersion: tls.VersionTLS12}
	}
	cfg.Host, cfg.Port, cfg.User, cfg.Password, cfg.Database = host, uint16(number), user, password, database
	cfg.TLSConfig, cfg.Fallbacks = secure, nil
	return pgx.ConnectConfig(ctx, cfg)
}

// Admin logs in as the superuser.
func (s *Server) Admin(ctx context.Context, database string) (*pgx.Conn, error) {
	secure, err := s.As(Superuser)
	if err != nil {
		return nil, err
	}
	return s.Connect(ctx, secure, Superuser, "", database)
}
