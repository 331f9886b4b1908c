package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/shared/coded"
)

func TestClassify(t *testing.T) {
	sql := func(state string) error { return fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: state}) }
	for _, c := range []struct {
		name string
		err  error
		want coded.Code
	}{
		{"too many connections", sql("53300"), coded.Retryable},
		{"disk full", sql("53100"), coded.Retryable},
		{"starting up", sql("57P03"), coded.Retryable},
		{"shut down", sql("57P01"), coded.Retryable},
		{"statement timeout", sql("57014"), coded.Retryable},
		{"lock timeout", sql("55P03"), coded.Retryable},
		{"in use", sql("55006"), coded.Retryable},
		{"deadlock", sql("40P01"), coded.Retryable},
		{"connection lost", sql("08006"), coded.Retryable},
		{"read-only after a failover", sql("25006"), coded.Retryable},
		{"other transaction state", sql("25001"), coded.Internal},
		{"at once with another", sql("XX000"), coded.Retryable},
		{"corrupted", sql("XX001"), coded.Internal},
		{"made meanwhile", sql("42P04"), coded.Retryable},
		{"depends", sql("2BP01"), coded.Conflict},
		{"no database", sql("3D000"), coded.NotFound},
		{"denied", sql("42501"), coded.Internal},
		{"syntax", sql("42601"), coded.Internal},
		{"no state at all", sql("x"), coded.Internal},
		{"ended context", context.Canceled, coded.Retryable},
		{"refused", &net.OpError{Op: "dial", Err: errors.New("refused")}, coded.Retryable},
		{"broken off", io.ErrUnexpectedEOF, coded.Retryable},
		{"closed", pgconn.ErrConnClosed, coded.Retryable},
		{"anything else", errors.New("server refused TLS connection"), coded.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := classify(c.err); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if err := failed(c.err, "who", "doing"); !errors.Is(err, c.err) || coded.Of(err) != c.want {
				t.Errorf("wrapped as %v", err)
			}
		})
	}
	if failed(nil, "who", "doing") != nil {
		t.Error("nil has failed")
	}
}
