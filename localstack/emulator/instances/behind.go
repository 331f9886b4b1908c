package instances

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgproto3"

	"latchkey/shared/inside/pgcluster"
)

// dial reaches a server as a user whom it shall not ask for more.
func dial(ctx context.Context, s *pgcluster.Server, user string) (*tls.Conn, error) {
	cfg, err := s.As(user)
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.Endpoint)
	if err != nil {
		return nil, err
	}
	request, err := (&pgproto3.SSLRequest{}).Encode(nil)
	if err == nil {
		_, err = conn.Write(request)
	}
	answer := make([]byte, 1)
	if err == nil {
		_, err = io.ReadFull(conn, answer)
	}
	if err == nil && answer[0] != 'S' {
		err = errors.New("the server has no TLS")
	}
	secure := tls.Client(conn, cfg)
	if err == nil {
		err = secure.HandshakeContext(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}

// cancelQuery passes a request to cancel a query on; there is no answer.
func cancelQuery(ctx context.Context, s *pgcluster.Server, raw []byte) error {
	conn, err := dial(ctx, s, pgcluster.Superuser)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write(raw); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, conn) // it ends when that is done
	return nil
}

// relay carries a session until one side ends it.
func relay(client, server *tls.Conn) {
	up := make(chan struct{})
	go func() {
		defer close(up)
		_, _ = io.Copy(server, client) // how a session ends is the client's and the server's affair
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
	_ = client.Close()
	<-up
}
